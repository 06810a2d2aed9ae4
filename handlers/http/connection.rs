//! The connection under the answers: whoever reads too slowly, or says nothing, gives up his place.
//!
//! A connection takes a descriptor, and there are only so many. One on which no request has begun is let go after a while, and sooner when a
//! request has begun and its head does not come to an end. What bodies may take is said elsewhere.
//!
//! An answer that nobody takes holds memory, and at the Functions host a place: whoever reads at the pace of a drop a second could hold
//! them all. So a connection whose writing waits is closed: when nothing is taken for a while, when too little is taken over a longer
//! while, and when an answer has waited for its reader for too long in all. What was cut off is not taken for whole: the length or
//! the last chunk is missing.

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
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    time::{Instant, Sleep, sleep, sleep_until},
};

/// Where nobody stands in front, a browser that comes back later opens another connection.
const IDLE: Duration = Duration::from_secs(30);
/// The Functions host keeps connections for a minute and uses them again; one that is closed first makes it repeat a request.
const IDLE_BEHIND_HOST: Duration = Duration::from_secs(5 * 60);
/// What hinders one connection from being accepted hinders the next.
const ACCEPT_AGAIN_AFTER: Duration = Duration::from_secs(1);
/// How often it is said that none is accepted.
const SAY_EVERY: Duration = Duration::from_secs(60);

/// How long writing may wait for a reader, and reading for a request.
#[derive(Clone, Copy, Debug)]
pub struct Deadlines {
    /// Without anything being taken.
    pub stalled: Duration,
    /// For one answer, in all.
    pub answer: Duration,
    /// Over which the least pace is measured.
    pub window: Duration,
    /// Bytes that are taken in a window at least.
    pub least: u64,
    /// Without a request having begun.
    pub idle: Duration,
    /// From the first byte of a request to the end of its head.
    pub head: Duration,
}

impl Deadlines {
    /// Those of connections of the Functions host.
    #[must_use]
    pub fn behind_host() -> Self {
        Self { idle: IDLE_BEHIND_HOST, ..Self::default() }
    }
}

impl Default for Deadlines {
    fn default() -> Self {
        let window = Duration::from_secs(30);
        Self {
            stalled: Duration::from_secs(10),
            answer: Duration::from_secs(120),
            window,
            least: 1024 * window.as_secs(),
            idle: IDLE,
            head: Duration::from_secs(10),
        }
    }
}

/// An answer that may wait longer for its reader, in all; left in its extensions.
#[derive(Clone, Copy, Debug)]
pub struct MayTake(pub Duration);

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
    #[must_use]
    pub fn of(listener: TcpListener, deadlines: Deadlines) -> Self {
        Self { listener, deadlines, cut: Cut::default(), said: None, unsaid: 0 }
    }

    /// For cutting all of them off.
    #[must_use]
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
#[must_use]
pub fn service(router: Router) -> IntoMakeServiceWithConnectInfo<Router, Connection> {
    router.layer(middleware::from_fn(begin_answer)).into_make_service_with_connect_info()
}

/// Tells a request its peer, and its connection how long the answer may take.
async fn begin_answer(ConnectInfo(connection): ConnectInfo<Connection>, mut request: Request, next: Next) -> Response {
    request.extensions_mut().insert(ConnectInfo(connection.peer));
    connection.pace.lock().phase = Phase::Works;
    let response = next.run(request).await;
    connection.pace.begin(response.extensions().get::<MayTake>().map(|limit| limit.0));
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
    /// Whose turn it is.
    phase: Phase,
}

/// Whose turn it is on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Since then nothing of a request has come.
    Idle(Instant),
    /// Its first byte came then, and the end of its head has not.
    Head(Instant),
    /// A request is worked at.
    Works,
}

impl Pace {
    fn new(deadlines: Deadlines) -> Self {
        let taking = Taking {
            deadlines,
            limit: deadlines.answer,
            waiting_since: None,
            waited: Duration::ZERO,
            window: (Duration::ZERO, 0),
            phase: Phase::Idle(Instant::now()),
        };
        Self(Arc::new(Mutex::new(taking)))
    }

    /// The next answer. Behind one that is still being taken it gets no time of its own, or a long row of small ones would be one that
    /// never ends.
    fn begin(&self, limit: Option<Duration>) {
        let mut taking = self.lock();
        let limit = limit.unwrap_or(taking.deadlines.answer);
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
        // Whoever takes an answer is not silent.
        if waited > Duration::ZERO && matches!(self.phase, Phase::Idle(_)) {
            self.phase = Phase::Idle(now);
        }
        let is_over = window >= self.deadlines.window;
        self.window = if is_over { (Duration::ZERO, 0) } else { (window, taken) };
        self.waited < self.limit && (!is_over || taken >= self.deadlines.least)
    }

    /// Something has come.
    fn came(&mut self) {
        if matches!(self.phase, Phase::Idle(_)) {
            self.phase = Phase::Head(Instant::now());
        }
    }

    /// The answer is made.
    fn rests(&mut self, now: Instant) {
        self.phase = Phase::Idle(now);
    }

    /// Until when silence is borne; `None` while a request is worked at.
    fn silent_until(&self) -> Option<Instant> {
        match self.phase {
            Phase::Idle(since) => Some(since + self.deadlines.idle),
            Phase::Head(since) => Some(since + self.deadlines.head),
            Phase::Works => None,
        }
    }

    /// Nothing is taken. Answers until when that is borne.
    fn waits(&mut self, now: Instant) -> Instant {
        let since = *self.waiting_since.get_or_insert(now);
        since + self.deadlines.stalled.min(self.limit.saturating_sub(self.waited))
    }
}

/// A stream that fails when its reader is too slow, or when nothing comes.
pub struct Paced {
    inner: TcpStream,
    pace: Pace,
    alarm: Option<Pin<Box<Sleep>>>,
    silence: Option<Pin<Box<Sleep>>>,
    cut: Cut,
}

impl Paced {
    fn new(inner: TcpStream, deadlines: Deadlines, cut: Cut) -> Self {
        Self { inner, pace: Pace::new(deadlines), alarm: None, silence: None, cut }
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
                let in_time = self.pace.lock().took(bytes, Instant::now());
                Poll::Ready(if in_time { Ok(bytes) } else { Err(ErrorKind::TimedOut.into()) })
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => {
                let until = self.pace.lock().waits(Instant::now());
                let alarm = self.alarm.get_or_insert_with(|| Box::pin(sleep_until(until)));
                alarm.as_mut().poll(context).map(|()| Err(ErrorKind::TimedOut.into()))
            }
        }
    }
}

impl Drop for Paced {
    fn drop(&mut self) {
        if self.cut.0.load(Ordering::Acquire) {
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

#[cfg(test)]
mod tests {
    use super::{Deadlines, Pace, Phase};
    use std::time::Duration;
    use tokio::time::Instant;

    const SECOND: Duration = Duration::from_secs(1);

    fn pace() -> (Pace, Instant) {
        let deadlines =
            Deadlines { stalled: 10 * SECOND, answer: 120 * SECOND, window: 30 * SECOND, least: 30 * 1024, ..Deadlines::default() };
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
        pace.begin(Some(600 * SECOND));
        assert_eq!(lives(&pace, start, 5, 60_000), 600);
    }

    #[test]
    fn behind_an_answer_that_waits_there_is_no_new_time() {
        let (pace, start) = pace();
        pace.lock().waits(start);
        pace.begin(Some(600 * SECOND));
        pace.lock().waited = 599 * SECOND;
        pace.begin(None);
        assert_eq!(pace.lock().waits(start), start + SECOND);
    }

    #[test]
    fn silence_is_borne_by_whose_turn_it_is() {
        let (pace, start) = pace();
        let mut taking = pace.lock();
        taking.phase = Phase::Idle(start);
        assert_eq!(taking.silent_until(), Some(start + 30 * SECOND));
        taking.phase = Phase::Head(start);
        assert_eq!(taking.silent_until(), Some(start + 10 * SECOND));
        // Bytes that drip in do not begin it anew.
        taking.came();
        assert_eq!(taking.phase, Phase::Head(start));
        taking.phase = Phase::Works;
        assert_eq!(taking.silent_until(), None);
        taking.rests(start + SECOND);
        taking.waits(start + SECOND);
        taking.took(1, start + 9 * SECOND);
        assert_eq!(taking.silent_until(), Some(start + 39 * SECOND));
        assert_eq!(Deadlines::behind_host().idle, 300 * SECOND);
    }

    #[test]
    fn what_is_made_slowly_is_not_read_slowly() {
        let (pace, start) = pace();
        assert!((0..1000).all(|piece| pace.lock().took(1, start + piece * SECOND)));
    }
}
