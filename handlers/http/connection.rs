//! The connection under the answers: whoever reads too slowly gives up his place.
//!
//! An answer that nobody takes holds memory, and at the Functions host a place: whoever reads at the pace of a drop a second could hold
//! them all. So a connection whose writing waits is closed: when nothing is taken for a while, when too little is taken over a longer
//! while, and when an answer has waited for its reader for too long in all. What was cut off is not taken for whole: the length or
//! the last chunk is missing.

use axum::{
    Router,
    extract::{ConnectInfo, Request, connect_info::Connected, connect_info::IntoMakeServiceWithConnectInfo},
    middleware::{self, Next},
    response::Response,
    serve::{IncomingStream, Listener},
};
use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    time::{Instant, Sleep, sleep_until},
};

/// How long writing may wait for a reader.
#[derive(Clone, Copy, Debug)]
pub struct Deadlines {
    /// Without anything being taken.
    pub stalled: Duration,
    /// For one answer, in all.
    pub answer: Duration,
    /// For one that is a document to keep, in all.
    pub document: Duration,
    /// Over which the least pace is measured.
    pub window: Duration,
    /// Bytes that are taken in a window at least.
    pub least: u64,
}

impl Default for Deadlines {
    fn default() -> Self {
        let window = Duration::from_secs(30);
        let (stalled, answer) = (Duration::from_secs(10), Duration::from_secs(120));
        Self { stalled, answer, document: MAY_TAKE, window, least: 1024 * window.as_secs() }
    }
}

/// A document that is not taken by then is cut off: whoever reads it may have lost the right meanwhile, and holds a place.
pub const MAY_TAKE: Duration = Duration::from_secs(10 * 60);

/// An answer that is a document to keep, and may wait longer for its reader; left in its extensions.
#[derive(Clone, Copy, Debug)]
pub struct Document;

/// Accepts connections that are closed when their reader is too slow.
pub struct Connections {
    listener: TcpListener,
    deadlines: Deadlines,
}

impl Connections {
    /// Those of a bound port.
    #[must_use]
    pub const fn of(listener: TcpListener, deadlines: Deadlines) -> Self {
        Self { listener, deadlines }
    }
}

impl Listener for Connections {
    type Io = Paced<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (stream, peer) = Listener::accept(&mut self.listener).await;
        (Paced::new(stream, self.deadlines), peer)
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
#[must_use]
pub fn service(router: Router) -> IntoMakeServiceWithConnectInfo<Router, Connection> {
    router.layer(middleware::from_fn(begin_answer)).into_make_service_with_connect_info()
}

/// Tells a request its peer, and its connection how long the answer may take.
async fn begin_answer(ConnectInfo(connection): ConnectInfo<Connection>, mut request: Request, next: Next) -> Response {
    request.extensions_mut().insert(ConnectInfo(connection.peer));
    let response = next.run(request).await;
    connection.pace.begin(response.extensions().get::<Document>().is_some());
    response
}

/// How an answer is taken.
#[derive(Clone)]
struct Pace(Arc<Mutex<Taking>>);

struct Taking {
    deadlines: Deadlines,
    /// For the present answer, in all.
    limit: Duration,
    /// Since when nothing is taken.
    waiting_since: Option<Instant>,
    /// How long the present answer has waited.
    waited: Duration,
    /// How long the present window has waited, and what was taken in it.
    window: (Duration, u64),
}

impl Pace {
    fn new(deadlines: Deadlines) -> Self {
        let taking =
            Taking { deadlines, limit: deadlines.answer, waiting_since: None, waited: Duration::ZERO, window: (Duration::ZERO, 0) };
        Self(Arc::new(Mutex::new(taking)))
    }

    /// The next answer. Behind one that is still being taken it gets no time of its own, or a long row of small ones would be one that
    /// never ends.
    fn begin(&self, is_document: bool) {
        let mut taking = self.lock();
        let limit = if is_document { taking.deadlines.document } else { taking.deadlines.answer };
        if taking.waiting_since.is_none() {
            (taking.limit, taking.waited, taking.window) = (limit, Duration::ZERO, (Duration::ZERO, 0));
        } else {
            taking.limit = taking.limit.max(limit);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Taking> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taking {
    /// So much was taken. Answers whether that was fast enough.
    fn took(&mut self, bytes: usize, now: Instant) -> bool {
        let waited = self.waiting_since.take().map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
        self.waited += waited;
        let (window, taken) = (self.window.0 + waited, self.window.1.saturating_add(bytes as u64));
        let is_over = window >= self.deadlines.window;
        self.window = if is_over { (Duration::ZERO, 0) } else { (window, taken) };
        self.waited < self.limit && (!is_over || taken >= self.deadlines.least)
    }

    /// Nothing is taken. Answers until when that is borne.
    fn waits(&mut self, now: Instant) -> Instant {
        let since = *self.waiting_since.get_or_insert(now);
        since + self.deadlines.stalled.min(self.limit.saturating_sub(self.waited))
    }
}

/// A stream that fails when its reader is too slow.
pub struct Paced<S> {
    inner: S,
    pace: Pace,
    alarm: Option<Pin<Box<Sleep>>>,
}

impl<S: AsyncWrite + Unpin> Paced<S> {
    fn new(inner: S, deadlines: Deadlines) -> Self {
        Self { inner, pace: Pace::new(deadlines), alarm: None }
    }

    fn judge(&mut self, context: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match written {
            Poll::Ready(Ok(bytes)) => {
                self.alarm = None;
                let in_time = self.pace.lock().took(bytes, Instant::now());
                Poll::Ready(if in_time { Ok(bytes) } else { Err(io::ErrorKind::TimedOut.into()) })
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => {
                let until = self.pace.lock().waits(Instant::now());
                let alarm = self.alarm.get_or_insert_with(|| Box::pin(sleep_until(until)));
                alarm.as_mut().poll(context).map(|()| Err(io::ErrorKind::TimedOut.into()))
            }
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Paced<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Paced<S> {
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

#[cfg(test)]
mod tests {
    use super::{Deadlines, Pace};
    use std::time::Duration;
    use tokio::time::Instant;

    const SECOND: Duration = Duration::from_secs(1);

    fn pace() -> (Pace, Instant) {
        let (stalled, answer, document) = (10 * SECOND, 120 * SECOND, 600 * SECOND);
        let deadlines = Deadlines { stalled, answer, document, window: 30 * SECOND, least: 30 * 1024 };
        (Pace::new(deadlines), Instant::now())
    }

    /// How many seconds an answer lives of which a reader takes so much after every so many seconds.
    fn lives(pace: &Pace, start: Instant, every: u32, bytes: usize) -> u32 {
        let mut taking = pace.lock();
        for second in (0..10_000).step_by(every as usize) {
            let (now, later) = (start + second * SECOND, start + (second + every) * SECOND);
            if taking.waits(now) <= later || !taking.took(bytes, later) {
                return second + every;
            }
        }
        10_000
    }

    #[test]
    fn who_takes_nothing_too_little_or_too_long_is_too_slow() {
        for (every, bytes, seconds) in [(10, 1_000_000, 10), (9, 1, 36), (1, 1000, 30), (1, 1100, 120), (5, 1_000_000, 120)] {
            let (pace, start) = pace();
            assert_eq!(lives(&pace, start, every, bytes), seconds, "{bytes} every {every} s");
        }
    }

    #[test]
    fn an_answer_of_its_own_has_time_of_its_own() {
        let (pace, start) = pace();
        pace.lock().waits(start);
        assert!(pace.lock().took(60_000, start + 9 * SECOND));
        pace.begin(true);
        assert_eq!(lives(&pace, start, 5, 60_000), 600);
    }

    #[test]
    fn behind_an_answer_that_waits_there_is_no_new_time() {
        let (pace, start) = pace();
        pace.lock().waits(start);
        pace.begin(true);
        pace.lock().waited = 599 * SECOND;
        pace.begin(false);
        assert_eq!(pace.lock().waits(start), start + SECOND);
    }

    #[test]
    fn what_is_made_slowly_is_not_read_slowly() {
        let (pace, start) = pace();
        assert!((0..1000).all(|piece| pace.lock().took(1, start + piece * SECOND)));
    }
}
