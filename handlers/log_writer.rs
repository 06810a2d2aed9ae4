//! Writes log lines without blocking the threads that serve requests.
//!
//! A write blocks for ever on a pipe that nobody reads or a terminal that was suspended. Lines are therefore queued, and written by one
//! thread per stream. The queue is bounded in bytes, separately for warnings and errors, so that a flood of ordinary lines does not
//! displace them. Lines that do not fit are dropped and counted, and the count is written as an error as soon as the stream accepts writes.

use std::{
    collections::VecDeque,
    fs::File,
    io::{self, ErrorKind, Write},
    mem,
    os::fd::AsFd,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// Bytes that may be queued per stream, for each of the two urgencies.
const MAX_BYTES: usize = 1024 * 1024;
/// Bytes per write.
const BATCH: usize = 64 * 1024;
/// How long lines accumulate after a write: under load, many lines share one write and one wake-up.
const GATHER: Duration = Duration::from_millis(1);
/// The number of dropped lines is reported at once, and then at most this often.
const SAY_EVERY: Duration = Duration::from_secs(10);
/// How soon a non-blocking stream that accepts nothing is tried again.
const ASK_AGAIN: Duration = Duration::from_millis(20);

/// One of the two output streams of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    Out,
    Err,
}

/// Which of the two bounded queues a line belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    Ordinary,
    Urgent,
}

/// The sending end for both streams.
#[derive(Clone)]
pub struct LogWriter {
    out: Arc<Outlet>,
    err: Arc<Outlet>,
}

impl LogWriter {
    /// Starts writing to the two streams of this process. `dropped` formats the line that reports the number of dropped lines.
    ///
    /// # Errors
    /// When there are no descriptors or threads left.
    pub fn start(dropped: impl Fn(u64) -> String + Send + Sync + 'static) -> io::Result<Self> {
        let out = File::from(io::stdout().as_fd().try_clone_to_owned()?);
        let err = File::from(io::stderr().as_fd().try_clone_to_owned()?);
        Self::onto(out, err, dropped)
    }

    /// Starts writing to these two streams.
    pub fn onto(
        out: impl Write + Send + 'static,
        err: impl Write + Send + 'static,
        dropped: impl Fn(u64) -> String + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let lost = Arc::new(AtomicU64::new(0));
        let writer = Self { out: Arc::new(Outlet::new(&lost)), err: Arc::new(Outlet::new(&lost)) };
        let (ordinary, urgent) = (Arc::clone(&writer.out), Arc::clone(&writer.err));
        let spawn = |name: &str, work: Box<dyn FnOnce() + Send>| thread::Builder::new().name(name.to_owned()).spawn(work);
        let sayer = Arc::clone(&urgent);
        spawn("finrust-log", Box::new(move || ordinary.serve(out, None, &sayer)))?;
        spawn("finrust-errors", Box::new(move || urgent.serve(err, Some(&dropped), &urgent)))?;
        Ok(writer)
    }

    /// Queues a line, which ends with its line feed.
    pub fn put(&self, stream: Stream, urgency: Urgency, line: String) {
        let outlet = if stream == Stream::Out { &self.out } else { &self.err };
        if outlet.put(urgency, line) {
            // Dropped lines are reported on standard error.
            self.err.wake();
        }
    }

    /// Waits until everything is written, at most for `most`.
    pub fn flush(&self, most: Duration) {
        let until = Instant::now() + most;
        self.err.flush(until);
        self.out.flush(until);
    }
}

/// A stream and the lines queued for it.
struct Outlet {
    queue: Mutex<Queue>,
    more: Condvar,
    done: Condvar,
    lost: Arc<AtomicU64>,
}

#[derive(Default)]
struct Queue {
    rooms: [VecDeque<(u64, String)>; 2],
    bytes: [usize; 2],
    next: u64,
    asleep: bool,
    writing: bool,
}

impl Queue {
    /// The oldest lines, up to `BATCH` bytes. Lines of both urgencies keep the order in which they were queued.
    fn batch(&mut self) -> (String, u64) {
        let (mut batch, mut lines) = (String::new(), 0);
        while batch.len() < BATCH {
            let older = |room: &VecDeque<(u64, String)>| room.front().map_or(u64::MAX, |(number, _)| *number);
            let room = usize::from(older(&self.rooms[1]) < older(&self.rooms[0]));
            let Some((_, line)) = self.rooms[room].pop_front() else { break };
            self.bytes[room] -= line.len();
            lines += 1;
            if batch.is_empty() { batch = line } else { batch.push_str(&line) }
        }
        (batch, lines)
    }

    fn is_empty(&self) -> bool {
        self.rooms.iter().all(VecDeque::is_empty)
    }
}

impl Outlet {
    fn new(lost: &Arc<AtomicU64>) -> Self {
        Self { queue: Mutex::default(), more: Condvar::new(), done: Condvar::new(), lost: Arc::clone(lost) }
    }

    /// Queues a line. Returns whether it was dropped and is the first one since the last report.
    fn put(&self, urgency: Urgency, line: String) -> bool {
        let room = usize::from(urgency == Urgency::Urgent);
        let mut queue = self.lock();
        if queue.bytes[room] + line.len() > MAX_BYTES {
            drop(queue);
            return self.lost.fetch_add(1, Ordering::Relaxed) == 0;
        }
        let number = queue.next;
        queue.next += 1;
        queue.bytes[room] += line.len();
        queue.rooms[room].push_back((number, line));
        let wakes = mem::take(&mut queue.asleep);
        drop(queue);
        if wakes {
            self.more.notify_one();
        }
        false
    }

    fn wake(&self) {
        self.lock().asleep = false;
        self.more.notify_one();
    }

    fn flush(&self, until: Instant) {
        let mut queue = self.lock();
        while queue.writing || !queue.is_empty() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            queue = self.done.wait_timeout(queue, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Writes for ever. Lines that a stream fails to write count as dropped.
    fn serve(&self, mut stream: impl Write, dropped: Option<&dyn Fn(u64) -> String>, sayer: &Self) {
        let mut said: Option<Instant> = None;
        loop {
            let may_say = dropped.filter(|_| said.is_none_or(|said| said.elapsed() >= SAY_EVERY));
            let (lines, count, lost) = self.take(dropped.is_some(), may_say.is_some());
            if let Some(line) = may_say.filter(|_| lost > 0) {
                said = Some(Instant::now());
                if write_whole(&mut stream, line(lost).as_bytes()).is_err() {
                    self.lost.fetch_add(lost, Ordering::Relaxed);
                }
            }
            if !lines.is_empty()
                && write_whole(&mut stream, lines.as_bytes()).is_err()
                && self.lost.fetch_add(count, Ordering::Relaxed) == 0
            {
                sayer.wake();
            }
            thread::sleep(GATHER);
        }
    }

    /// The next lines, their number, and how many were dropped if `may_say`.
    fn take(&self, says: bool, may_say: bool) -> (String, u64, u64) {
        let mut queue = self.lock();
        loop {
            let (lines, count) = queue.batch();
            let lost = if may_say { self.lost.swap(0, Ordering::Relaxed) } else { 0 };
            if count > 0 || lost > 0 {
                queue.writing = true;
                return (lines, count, lost);
            }
            queue.writing = false;
            self.done.notify_all();
            queue.asleep = true;
            if says && self.lost.load(Ordering::Relaxed) > 0 {
                // Reporting may be allowed again after this wait.
                drop(self.more.wait_timeout(queue, SAY_EVERY));
                return (String::new(), 0, 0);
            }
            queue = self.more.wait(queue).unwrap_or_else(PoisonError::into_inner);
            if says && self.lost.load(Ordering::Relaxed) > 0 && !may_say {
                return (String::new(), 0, 0);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Like `write_all`, but also for a stream that was made non-blocking.
fn write_whole(stream: &mut impl Write, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match stream.write(bytes) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(written) => bytes = &bytes[written..],
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => thread::sleep(ASK_AGAIN),
            Err(error) => return Err(error),
        }
    }
    stream.flush()
}

#[cfg(test)]
mod tests {
    use super::{LogWriter, MAX_BYTES, Stream, Urgency};
    use std::{
        io::{self, Read, Write},
        sync::{Arc, Mutex},
        time::Duration,
    };

    const LONG: Duration = Duration::from_mins(1);

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Kept {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    struct Full;

    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn said(count: u64) -> String {
        format!("dropped {count}\n")
    }

    #[test]
    fn lines_come_out_whole_and_in_order_each_on_its_stream() {
        let (out, err) = (Kept::default(), Kept::default());
        let writer = LogWriter::onto(out.clone(), err.clone(), said).unwrap();
        for number in 0..1000 {
            writer.put(Stream::Out, Urgency::Ordinary, format!("line {number}\n"));
            let urgency = if number % 2 == 0 { Urgency::Urgent } else { Urgency::Ordinary };
            writer.put(Stream::Err, urgency, format!("line {number}\n"));
        }
        writer.flush(LONG);
        let expected = (0..1000).map(|number| format!("line {number}")).collect::<Vec<_>>().join("\n") + "\n";
        assert!(out.text() == expected && err.text() == expected);
    }

    #[test]
    fn a_stalled_stream_stops_nobody_and_what_was_dropped_is_said_on_the_other() {
        let (mut reader, pipe) = io::pipe().unwrap();
        let err = Kept::default();
        let writer = LogWriter::onto(pipe, err.clone(), said).unwrap();
        let line = format!("{}\n", "x".repeat(1023));
        let lines = 3 * MAX_BYTES / line.len();
        for _ in 0..lines {
            writer.put(Stream::Out, Urgency::Ordinary, line.clone());
        }
        writer.put(Stream::Out, Urgency::Urgent, "urgent\n".to_owned());
        while !err.text().contains("dropped ") {
            std::thread::yield_now();
        }
        writer.flush(Duration::from_millis(1));
        // Once the stream is read again, the queued lines arrive, including the error.
        let mut text = Vec::new();
        while !text.ends_with(b"urgent\n") {
            let mut bytes = [0; 4096];
            let read = reader.read(&mut bytes).unwrap();
            text.extend_from_slice(&bytes[..read]);
        }
        assert!(text.len() > MAX_BYTES && text.len() < lines * line.len());
    }

    #[test]
    fn a_full_disk_loses_lines_and_says_how_many() {
        let err = Kept::default();
        let writer = LogWriter::onto(Full, err.clone(), said).unwrap();
        writer.put(Stream::Out, Urgency::Ordinary, "lost\n".to_owned());
        writer.flush(LONG);
        writer.put(Stream::Err, Urgency::Urgent, "kept\n".to_owned());
        writer.flush(LONG);
        assert_eq!(err.text(), "dropped 1\nkept\n");
    }
}
