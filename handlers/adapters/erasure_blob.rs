//! The erasure log as append blobs of a storage account that is not the database's: one line per block, each stored in several places once
//! the service responds.
//!
//! An append blob takes 50,000 blocks. When one is full the next is created: `log`, `log-2`, `log-3`, …; lines of the second form are in
//! `log-made`, `log-made-2`, …, so that versions of FinRust that do not know that form can still read the others.

use super::azure::Azure;
use crate::{
    domain::clients::erasure_log::{ErasureLine, Form},
    ports::{ErasureLog, ErasureLogError},
};
use async_trait::async_trait;
use azure_core::{
    error::ErrorKind,
    http::{Body, NoFormat, RequestContent, StatusCode, Url, headers::HeaderName},
};
use azure_storage_blob::{AppendBlobClient, AppendBlobClientOptions, BlobClient, BlobClientOptions, models::AppendBlobClientCreateOptions};
use std::sync::Arc;

/// More blobs than erasures will ever fill; it bounds the requests to a service that reports every blob as full.
const MAX_BLOBS: u32 = 1000;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-ms-request-id");

/// The first blob of the log, and how to reach it.
pub struct ErasureBlob {
    first: Url,
    azure: Azure,
}

/// The log cannot be used. The text says what to do.
#[derive(Debug, thiserror::Error)]
#[error("the log of erasures cannot be used: {0}")]
pub struct ErasureBlobError(azure_core::Error);

/// The outcome of an append.
enum Appended {
    Kept,
    BlobIsFull,
}

impl ErasureBlob {
    /// The log that begins with the blob at this address. Sends no request yet.
    ///
    /// # Errors
    /// [`ErasureBlobError`] for an address that no token may be sent to.
    pub fn open(blob: &Url, azure: &Azure) -> Result<Self, ErasureBlobError> {
        let log = Self { first: blob.clone(), azure: azure.clone() };
        log.blob(Form::First, 1).map_err(ErasureBlobError)?;
        Ok(log)
    }

    async fn append_to(&self, form: Form, number: u32, line: &str) -> azure_core::Result<Appended> {
        let blob = self.appended(form, number)?;
        let mut appended = append(&blob, line).await;
        if refused(&appended, StatusCode::NotFound, "BlobNotFound") {
            make(&blob).await?;
            appended = append(&blob, line).await;
        }
        if refused(&appended, StatusCode::Conflict, "BlockCountExceedsLimit") {
            return Ok(Appended::BlobIsFull);
        }
        appended.map(|()| Appended::Kept)
    }

    /// The text of a blob, or `None` when the log ends before it.
    async fn text(&self, form: Form, number: u32) -> azure_core::Result<Option<String>> {
        let downloaded = self.blob(form, number)?.download(None).await;
        if refused(&downloaded, StatusCode::NotFound, "BlobNotFound") {
            return Ok(None);
        }
        let bytes = downloaded?.body.collect().await?;
        Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
    }

    fn appended(&self, form: Form, number: u32) -> azure_core::Result<AppendBlobClient> {
        let options = AppendBlobClientOptions { client_options: self.azure.client_options(), ..AppendBlobClientOptions::default() };
        AppendBlobClient::new(self.url(form, number), Some(Arc::clone(&self.azure.credential)), Some(options))
    }

    fn blob(&self, form: Form, number: u32) -> azure_core::Result<BlobClient> {
        let options = BlobClientOptions { client_options: self.azure.client_options(), ..BlobClientOptions::default() };
        BlobClient::new(self.url(form, number), Some(Arc::clone(&self.azure.credential)), Some(options))
    }

    fn url(&self, form: Form, number: u32) -> Url {
        let mut url = self.first.clone();
        let of_form = match form {
            Form::First => "",
            Form::Second => "-made",
        };
        let number = if number > 1 { format!("-{number}") } else { String::new() };
        url.set_path(&format!("{}{of_form}{number}", self.first.path()));
        url
    }
}

#[async_trait]
impl ErasureLog for ErasureBlob {
    async fn append(&self, line: &ErasureLine) -> Result<(), ErasureLogError> {
        let (form, line) = (line.form(), format!("{}\n", line.as_str()));
        for number in 1..=MAX_BLOBS {
            match self.append_to(form, number, &line).await {
                Ok(Appended::Kept) => return Ok(()),
                Ok(Appended::BlobIsFull) => {}
                Err(error) => return Err(failed(&error)),
            }
        }
        Err(ErasureLogError)
    }

    async fn lines(&self) -> Result<Vec<String>, ErasureLogError> {
        let mut lines = Vec::new();
        for form in [Form::First, Form::Second] {
            for number in 1..=MAX_BLOBS {
                match self.text(form, number).await {
                    Ok(Some(text)) => lines.extend(text.lines().map(ToOwned::to_owned)),
                    Ok(None) => break,
                    Err(error) => return Err(failed(&error)),
                }
            }
        }
        Ok(lines)
    }
}

async fn append(blob: &AppendBlobClient, line: &str) -> azure_core::Result<()> {
    let body: RequestContent<_, NoFormat> = Body::from(line.as_bytes().to_vec()).into();
    blob.append_block(body, line.len() as u64, None).await.map(drop)
}

/// Creates the blob, unless another instance was faster.
async fn make(blob: &AppendBlobClient) -> azure_core::Result<()> {
    let made = blob.create(Some(AppendBlobClientCreateOptions::default().if_not_exists())).await.map(drop);
    if refused(&made, StatusCode::Conflict, "BlobAlreadyExists") { Ok(()) } else { made }
}

fn refused<T>(answer: &azure_core::Result<T>, expected: StatusCode, expected_code: &str) -> bool {
    let Err(error) = answer else { return false };
    matches!(error.kind(), ErrorKind::HttpResponse { status, error_code, .. }
        if *status == expected && error_code.as_deref() == Some(expected_code))
}

/// Logs the status, the error code and the request id of the response.
fn failed(error: &azure_core::Error) -> ErasureLogError {
    let (mut code, mut request_id) = (None, None);
    if let ErrorKind::HttpResponse { error_code, raw_response, .. } = error.kind() {
        code = error_code.as_deref();
        request_id = raw_response.as_ref().and_then(|raw| raw.headers().get_optional_str(&REQUEST_ID));
    }
    let status = error.http_status().map(u16::from);
    tracing::error!(event = "erasure_log_failed", status, code, activity_id = request_id);
    ErasureLogError
}
