//! The connection under the answers: whoever reads too slowly, or says nothing, gives up his place.
//!
//! A connection takes a descriptor, and there are only so many. One on which no request has begun is let go after a while, and sooner when a
//! request has begun and its head does not come to an end. What bodies may take is said elsewhere.
//!
//! How long is in `connection_pace`. What was cut off is not taken for whole: the length or the last chunk is missing, and the connection is
//! reset, so that neither the system goes on sending what it had taken nor the reader waits for it.

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

/// What hinders one connection from being accepted hinders the next.
const ACCEPT_AGAIN_AFTER: Duration = Duration::from_secs(1);
/// How often it is said that none is accepted.
const SAY_EVERY: Duration = Duration::from_secs(60);

/// What the system may hold of an answer that its reader has not taken, and nobody here can judge; it tells of room when a third is free.
const SEND_BUFFER: u32 = 64 * 1024;
/// Connections that wait to be accepted.
const BACKLOG: u32 = 1024;

/// Binds a port on 127.0.0.1, for connections whose readers are seen to take an answer or not: left to itself the system would take
/// megabytes of it for each of them.
pub fn listen(port: u16) -> io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    // Those that are accepted have it from the listener.
    socket.set_send_buffer_size(SEND_BUFFER)?;
    socket.bind((Ipv4Addr::LOCALHOST, port).into())?;
    socket.listen(BACKLOG)
}

/// An answer that is a document to keep, and may wait longer for its reader; left in its extensions.
#[derive(Clone, Copy, Debug)]
pub struct Document;

/// Accepts connections that are closed when their reader is too slow, or their writer silent.
pub struct Connections {
    listener: TcpListener,
    deadlines: Deadlines,
    cut: Cut,
    said: Option<Instant>,
    unsaid: u64,
}

/// Cuts off what still has a connection when the process ends.
#[derive(Clone, Default)]
pub struct Cut(Arc<AtomicBool>);

impl Cut {
    /// From now on a connection that goes is reset: an answer that ends with its connection would look whole otherwise.
    pub fn now(&self) {
        self.0.store(true, Ordering::Release);
    }
}

impl Connections {
    /// Those of a bound port.
    pub fn of(listener: TcpListener, deadlines: Deadlines) -> Self {
        Self { listener, deadlines, cut: Cut::default(), said: None, unsaid: 0 }
    }

    /// For cutting all of them off.
    pub fn cut(&self) -> Cut {
        self.cut.clone()
    }

    /// Says at most once a minute that nobody gets in, and why.
    fn complain(&mut self, error: &io::Error) {
        self.unsaid += 1;
        if self.said.is_none_or(|said| said.elapsed() >= SAY_EVERY) {
            tracing::error!(event = "accept_failed", cause = cause(error), count = self.unsaid);
            (self.said, self.unsaid) = (Some(Instant::now()), 0);
        }
    }
}

/// Failures of the one connection that would have been accepted.
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

/// What a request knows of its connection.
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

/// The service, for such connections.
pub fn service(router: Router) -> IntoMakeServiceWithConnectInfo<Router, Connection> {
    router.layer(middleware::from_fn(begin_answer)).into_make_service_with_connect_info()
}

/// Tells a request its peer, and its connection how long the answer may take.
async fn begin_answer(ConnectInfo(connection): ConnectInfo<Connection>, mut request: Request, next: Next) -> Response {
    request.extensions_mut().insert(ConnectInfo(connection.peer));
    connection.pace.lock().phase = Phase::Works;
    let response = next.run(request).await;
    connection.pace.begin(response.extensions().get::<Document>().is_some());
    if response.body().size_hint().exact().is_some() {
        // Nobody makes anything any more: what is left is to be written, and that has deadlines of its own.
        connection.pace.lock().rests(Instant::now());
        return response;
    }
    response.map(|body| Body::new(Made { body, pace: connection.pace }))
}

/// An answer that is still being made: its connection is not idle.
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

/// A stream that fails when its reader is too slow, or when nothing comes.
pub struct Paced {
    inner: TcpStream,
    pace: Pace,
    alarm: Option<Pin<Box<Sleep>>>,
    silence: Option<Pin<Box<Sleep>>>,
    cut: Cut,
    /// Its reader was too slow.
    is_late: bool,
}

impl Paced {
    fn new(inner: TcpStream, deadlines: Deadlines, cut: Cut) -> Self {
        Self { inner, pace: Pace::new(deadlines), alarm: None, silence: None, cut, is_late: false }
    }

    /// Nothing comes. The alarm is seldom moved: it goes off early, looks, and is set anew.
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
            // When even this fails the connection is gone already.
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
