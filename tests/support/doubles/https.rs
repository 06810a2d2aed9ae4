//! https on loopback, under a certificate authority that exists as long as the test.

use axum::{Router, serve::Listener};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use std::{
    fs, io,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::{Arc, LazyLock},
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::mpsc,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
    },
    server::TlsStream,
};

/// The authority and the one certificate that it issued, for `127.0.0.1` and `localhost`.
pub struct Authority {
    /// PEM of the authority: what a client has to trust, in `SSL_CERT_FILE` or as a root certificate.
    pub certificate: String,
    server: Arc<ServerConfig>,
    /// PEM of the server's certificate and of its key.
    server_pem: [String; 2],
}

/// Created once per test binary.
pub static AUTHORITY: LazyLock<Authority> = LazyLock::new(Authority::new);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let authority = params.self_signed(&key).unwrap();
        let server_key = KeyPair::generate().unwrap();
        let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
        let server = CertificateParams::new(names).unwrap().signed_by(&server_key, &Issuer::new(params, key)).unwrap();
        let server_pem = [server.pem(), server_key.serialize_pem()];
        Self { certificate: authority.pem(), server: Arc::new(server_config(server.der().clone(), &server_key)), server_pem }
    }

    /// Writes the server's certificate and key to files, for a server that is another process.
    pub fn write_server(&self, folder: &Path) -> [PathBuf; 2] {
        let paths = ["server.pem", "server-key.pem"].map(|name| folder.join(name));
        for (path, pem) in paths.iter().zip(&self.server_pem) {
            fs::write(path, pem).unwrap();
        }
        paths
    }

    /// A client that trusts this authority.
    pub fn client(&self) -> reqwest::Client {
        let root = reqwest::Certificate::from_pem(self.certificate.as_bytes()).unwrap();
        reqwest::Client::builder().tls_certs_only([root]).https_only(true).build().unwrap()
    }
}

fn server_config(certificate: CertificateDer<'static>, key: &KeyPair) -> ServerConfig {
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    ServerConfig::builder().with_no_client_auth().with_single_cert(vec![certificate], key).unwrap()
}

/// Serves `router` on a free port of 127.0.0.1 until the test's runtime ends.
pub async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (connected, connections) = mpsc::channel(64);
    tokio::spawn(accept(listener, connected));
    tokio::spawn(async move { axum::serve(Connections { connections, address }, router).await.unwrap() });
    address
}

/// Performs TLS handshakes concurrently, so that a hanging client blocks nobody else.
async fn accept(listener: TcpListener, connected: mpsc::Sender<(TlsStream<TcpStream>, SocketAddr)>) {
    let acceptor = TlsAcceptor::from(Arc::clone(&AUTHORITY.server));
    while let Ok((stream, peer)) = listener.accept().await {
        let (acceptor, connected) = (acceptor.clone(), connected.clone());
        tokio::spawn(async move {
            if let Ok(stream) = acceptor.accept(stream).await {
                let _ = connected.send((stream, peer)).await;
            }
        });
    }
}

struct Connections {
    connections: mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>,
    address: SocketAddr,
}

impl Listener for Connections {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.connections.recv().await {
            Some(connection) => connection,
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}
