//! The processor time of a process and of its threads, from `/proc`.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;

/// User and system time of process `pid` so far, threads that have ended included. In steps of a clock tick,
/// 10 ms on Linux.
pub(crate) fn of_process(pid: u32) -> anyhow::Result<Duration> {
    Ok(read(Path::new(&format!("/proc/{pid}/stat")))?.time)
}

/// The same for each of its threads whose name is `prefix` and a number, in the order of their names.
pub(crate) fn of_threads(pid: u32, prefix: &str) -> anyhow::Result<Vec<Duration>> {
    let wanted = |name: &str| {
        let number = name.strip_prefix(prefix);
        number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let folder = format!("/proc/{pid}/task");
    let mut threads = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| format!("cannot read {folder}"))? {
        // A thread may end between the listing and the reading.
        if let Ok(stat) = read(&entry?.path().join("stat"))
            && wanted(&stat.name)
        {
            threads.push(stat);
        }
    }
    threads.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(threads.into_iter().map(|stat| stat.time).collect())
}

struct Stat {
    name: String,
    time: Duration,
}

fn read(path: &Path) -> anyhow::Result<Stat> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    parse(&text, rustix::param::clock_ticks_per_second())
        .with_context(|| format!("{} is not as proc(5) describes it", path.display()))
}

/// `PID (NAME) STATE ...`, with utime and stime as the 14th and 15th field. NAME may hold spaces and brackets.
fn parse(text: &str, ticks_per_second: u64) -> Option<Stat> {
    let (head, rest) = text.rsplit_once(')')?;
    let (_, name) = head.split_once('(')?;
    let mut fields = rest.split_ascii_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u64>().ok();
    let total = ticks()? + ticks()?;
    let seconds = total as f64 / ticks_per_second as f64;
    Some(Stat { name: name.to_owned(), time: Duration::try_from_secs_f64(seconds).ok()? })
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;
    use std::time::Instant;

    use super::*;

    const LINE: &str = "4711 (a (b) c) S 1 4711 4711 0 -1 4194560 2516 0 0 0 250 50 7 9 20 0 5 0 123 9 9 9\n";

    #[test]
    fn user_and_system_time_are_added_and_children_left_out() {
        let stat = parse(LINE, 100).unwrap();
        assert_eq!((stat.name.as_str(), stat.time), ("a (b) c", Duration::from_secs(3)));
        assert!(parse("4711 (x) S 1 2", 100).is_none());
        assert!(parse("", 100).is_none());
    }

    #[test]
    fn a_busy_thread_is_seen() {
        let (stop, stopped) = mpsc::channel::<()>();
        let busy = thread::Builder::new()
            .name("busy-1".into())
            .spawn(move || while stopped.try_recv() == Err(mpsc::TryRecvError::Empty) {})
            .unwrap();
        let start = Instant::now();
        let me = std::process::id();
        loop {
            let threads = of_threads(me, "busy-").unwrap();
            assert!(threads.len() <= 1);
            if threads.first().is_some_and(|time| *time >= Duration::from_millis(30)) {
                break;
            }
            assert!(start.elapsed() < Duration::from_secs(60), "{threads:?}");
            thread::sleep(Duration::from_millis(10));
        }
        assert!(of_process(me).unwrap() >= Duration::from_millis(30));
        assert!(of_threads(me, "bus").unwrap().is_empty(), "a longer name is another one");
        drop(stop);
        busy.join().unwrap();
    }
}
