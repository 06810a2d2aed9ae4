//! Accepts connections, and closes those whose client reads too slowly or sends nothing.
//!
//! Every connection takes a file descriptor, and their number is limited. A connection is closed after a while when no request begins on
//! it, and sooner when a request has begun but its headers do not finish arriving. The deadlines are in `connection_pace`; those for bodies
//! are in `body` and `rest`.
//!
//! A truncated response cannot be mistaken for a complete one: its length or last chunk is missing, and the connection is reset, so that
//! the kernel stops sending what it had buffered and the client does not wait for the rest.

pub use super::connection_pace::{Deadlines, MAY_TAKE};
use super::connection_pace::{Pace, Phase};
use crate::telemetry::cause;
use axum::{
    Router,
    body::{Body, Bytes, HttpBody},
    extract::{ConnectInfo, Request, connect_info::Connected, connect_info::IntoMakeServiceWithConnectInfo},
    middleware::{self, Next},
    response::Response,
    serve::{IncomingStream, Listener},
};
use http_body::{Frame, SizeHint};
use std::{
    io::{self, ErrorKind},
    net::{Ipv4Addr, SocketAddr},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpSocket, TcpStream},
    time::{Instant, Sleep, sleep, sleep_until},
};

/// Pause after a failed `accept`: the cause usually affects the next connection too.
const ACCEPT_AGAIN_AFTER: Duration = Duration::from_secs(1);
/// How often failures to accept are logged.
const SAY_EVERY: Duration = Duration::from_mins(1);

/// Kernel send buffer per connection. Bytes in it count as taken although the client may not have read them; the socket becomes writable
/// again when a third of it is free.
const SEND_BUFFER: u32 = 64 * 1024;
/// Length of the queue of connections that wait to be accepted.
const BACKLOG: u32 = 1024;

/// Binds a port on 127.0.0.1 with a small send buffer, so that a slow client shows: by default the kernel would buffer megabytes per
/// connection.
pub fn listen(port: u16) -> io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    // Accepted sockets inherit the size from the listener.
    socket.set_send_buffer_size(SEND_BUFFER)?;
    socket.bind((Ipv4Addr::LOCALHOST, port).into())?;
    socket.listen(BACKLOG)
}

/// Marks, in a response's extensions, a document to be downloaded, whose client may take longer to read it.
#[derive(Clone, Copy, Debug)]
pub struct Document;

/// Listener whose connections are closed when the client reads too slowly or sends nothing.
pub struct Connections {
    listener: TcpListener,
    deadlines: Deadlines,
    cut: Cut,
    said: Option<Instant>,
    unsaid: u64,
}

/// Resets the remaining connections when the process ends.
#[derive(Clone, Default)]
pub struct Cut(Arc<AtomicBool>);

impl Cut {
    /// From now on connections are reset when they close: a response delimited by the end of its connection would otherwise look complete.
    pub fn now(&self) {
        self.0.store(true, Ordering::Release);
    }
}

impl Connections {
    /// Accepts connections on a bound port.
    pub fn of(listener: TcpListener, deadlines: Deadlines) -> Self {
        Self { listener, deadlines, cut: Cut::default(), said: None, unsaid: 0 }
    }

    /// The switch that resets all of them.
    pub fn cut(&self) -> Cut {
        self.cut.clone()
    }

    /// Logs, at most once a minute, that connections cannot be accepted, and why.
    fn complain(&mut self, error: &io::Error) {
        self.unsaid += 1;
        if self.said.is_none_or(|said| said.elapsed() >= SAY_EVERY) {
            tracing::error!(event = "accept_failed", cause = cause(error), count = self.unsaid);
            (self.said, self.unsaid) = (Some(Instant::now()), 0);
        }
    }
}

/// Whether a failure concerns only the one connection that was being accepted.
fn is_of_one(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::ConnectionRefused | ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset)
}

impl Listener for Connections {
    type Io = Paced;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            match self.listener.accept().await {
                Ok((stream, peer)) => return (Paced::new(stream, self.deadlines, self.cut.clone()), peer),
                Err(error) if is_of_one(&error) => {}
                Err(error) => {
                    self.complain(&error);
                    sleep(ACCEPT_AGAIN_AFTER).await;
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}

/// The connection of a request.
#[derive(Clone)]
pub struct Connection {
    peer: SocketAddr,
    pace: Pace,
}

impl Connected<IncomingStream<'_, Connections>> for Connection {
    fn connect_info(stream: IncomingStream<'_, Connections>) -> Self {
        Self { peer: *stream.remote_addr(), pace: stream.io().pace.clone() }
    }
}

/// The service, for connections of this kind.
pub fn service(router: Router) -> IntoMakeServiceWithConnectInfo<Router, Connection> {
    // A router of its own, since layers are copied for every request, together with all that they surround; a router is shared.
    Router::new().fallback_service(router).layer(middleware::from_fn(begin_answer)).into_make_service_with_connect_info()
}

/// Gives the request its peer's address, and the connection its deadline for the response.
async fn begin_answer(ConnectInfo(connection): ConnectInfo<Connection>, mut request: Request, next: Next) -> Response {
    request.extensions_mut().insert(ConnectInfo(connection.peer));
    connection.pace.lock().phase = Phase::Works;
    let response = next.run(request).await;
    connection.pace.begin(response.extensions().get::<Document>().is_some());
    if response.body().size_hint().exact().is_some() {
        // The body is complete; what is left is writing it, which has deadlines of its own.
        connection.pace.lock().rests(Instant::now());
        return response;
    }
    response.map(|body| Body::new(Made { body, pace: connection.pace }))
}

/// A body that is still being produced, so its connection does not count as idle.
struct Made {
    body: Body,
    pace: Pace,
}

impl HttpBody for Made {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        self.pace.lock().rests(Instant::now());
    }
}

/// A stream that fails when its client reads too slowly or sends nothing.
pub struct Paced {
    inner: TcpStream,
    pace: Pace,
    alarm: Option<Pin<Box<Sleep>>>,
    silence: Option<Pin<Box<Sleep>>>,
    cut: Cut,
    /// Whether the client read too slowly.
    is_late: bool,
}

impl Paced {
    fn new(inner: TcpStream, deadlines: Deadlines, cut: Cut) -> Self {
        Self { inner, pace: Pace::new(deadlines), alarm: None, silence: None, cut, is_late: false }
    }

    /// Called while nothing arrives. The timer is not moved on every read: it fires early, compares, and is reset.
    fn wait(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let (until, idle) = {
            let taking = self.pace.lock();
            (taking.silent_until(), taking.deadlines.idle)
        };
        let alarm = self.silence.get_or_insert_with(|| Box::pin(sleep_until(until.unwrap_or_else(|| Instant::now() + idle))));
        if until.is_some_and(|until| until < alarm.deadline()) {
            alarm.as_mut().reset(until.unwrap_or_else(Instant::now));
        }
        while alarm.as_mut().poll(context).is_ready() {
            let now = Instant::now();
            match self.pace.lock().silent_until() {
                Some(until) if until <= now => return Poll::Ready(Err(ErrorKind::TimedOut.into())),
                later => alarm.as_mut().reset(later.unwrap_or(now + idle)),
            }
        }
        Poll::Pending
    }

    fn judge(&mut self, context: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match written {
            Poll::Ready(Ok(bytes)) => {
                self.alarm = None;
                self.is_late |= !self.pace.lock().took(bytes, Instant::now());
            }
            Poll::Ready(Err(_)) => {}
            Poll::Pending => {
                let until = self.pace.lock().waits(Instant::now());
                let alarm = self.alarm.get_or_insert_with(|| Box::pin(sleep_until(until)));
                self.is_late |= alarm.as_mut().poll(context).is_ready();
            }
        }
        if self.is_late { Poll::Ready(Err(ErrorKind::TimedOut.into())) } else { written }
    }
}

impl Drop for Paced {
    fn drop(&mut self) {
        if self.is_late || self.cut.0.load(Ordering::Acquire) {
            // If even this fails, the connection is gone already.
            let _ = self.inner.set_zero_linger();
        }
    }
}

impl AsyncRead for Paced {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.inner).poll_read(context, buffer);
        if read.is_pending() {
            return self.wait(context);
        }
        if buffer.filled().len() > before {
            self.pace.lock().came();
        }
        read
    }
}

impl AsyncWrite for Paced {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write(context, bytes);
        self.judge(context, written)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, context: &mut Context<'_>, parts: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write_vectored(context, parts);
        self.judge(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}
