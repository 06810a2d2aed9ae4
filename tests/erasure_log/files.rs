//! The log file, and what a power failure leaves of it.

use crate::{append, erasure, keeps_what_it_was_given, key, line, numbers};
use finrust::{
    adapters::erasure_file::ErasureFile,
    domain::clients::erasure_log::Erasure,
    ports::{ErasureLog, ErasureLogError},
};
use jiff::Timestamp;
use std::{
    fs::{self, File},
    io::Write,
    os::unix::fs::PermissionsExt,
    path::PathBuf,
};
use tempfile::TempDir;

fn file() -> (ErasureFile, PathBuf, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("erasures.log");
    (ErasureFile::new(path.clone()), path, folder)
}

#[tokio::test]
async fn a_file_keeps_what_it_was_given() {
    let (log, path, _folder) = file();
    keeps_what_it_was_given(&log).await;
    assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn a_line_that_was_cut_off_is_none_and_the_next_one_is_whole() {
    let (log, path, _folder) = file();
    append(&log, [1, 2]).await;
    for torn in [1, 40, line(3).as_str().len()] {
        let mut file = File::options().append(true).open(&path).unwrap();
        file.write_all(&line(3).as_str().as_bytes()[..torn]).unwrap();
        assert_eq!(numbers(&log).await, [1, 2], "{torn} bytes of a line that nobody was told of");
        append(&log, [4]).await;
        assert_eq!(numbers(&log).await, [1, 2, 4], "{torn}");
        fs::write(&path, format!("{}\n{}\n", line(1).as_str(), line(2).as_str())).unwrap();
    }
}

#[tokio::test]
async fn a_line_of_somebody_else_stays_and_is_not_vouched_for() {
    let (log, path, _folder) = file();
    append(&log, [1]).await;
    let mut file = File::options().append(true).open(&path).unwrap();
    file.write_all(b"erased1 \xff\xfe\n\n").unwrap();
    append(&log, [2]).await;
    assert_eq!(numbers(&log).await, [1, 0, 0, 2]);
}

#[tokio::test]
async fn what_cannot_be_written_is_not_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let log = ErasureFile::new(folder.path().join("nowhere/erasures.log"));
    assert_eq!(log.append(&line(1)).await, Err(ErasureLogError));
    let log = ErasureFile::new(folder.path().to_owned());
    assert_eq!((log.append(&line(1)).await, log.lines().await), (Err(ErasureLogError), Err(ErasureLogError)));
}

#[tokio::test]
async fn lines_of_the_second_form_lie_in_a_file_of_their_own() {
    let (log, path, folder) = file();
    append(&log, [1]).await;
    let second = Erasure { created_at: Some(Timestamp::UNIX_EPOCH), ..erasure(2) };
    log.append(&second.line(&key())).await.unwrap();
    assert_eq!(numbers(&log).await, [1, 2]);
    let first = fs::read_to_string(path).unwrap();
    assert_eq!(first, format!("{}\n", line(1).as_str()), "versions that know no other form read what they know");
    assert_eq!(fs::read_to_string(folder.path().join("erasures-2.log")).unwrap(), format!("{}\n", second.line(&key()).as_str()));
}
