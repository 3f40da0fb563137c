//! Cron expressions and time zones: refused, or answered with a later instant, each within a second.
#![no_main]

use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use millrace_clock::Timestamp;
use millrace_engine::schedule::{CatchUp, Schedule, Spec, due_slots, parse, spread};

const ZONES: [&str; 8] = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Apia", "Australia/Lord_Howe", "Africa/Casablanca", "America/St_Johns"];

fuzz_target!(|data: &[u8]| {
    let Some((head, text)) = data.split_first_chunk::<8>() else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    let (cron, zone) = match text.split_once('\n') {
        Some((cron, zone)) => (cron, zone),
        None => (text, ZONES[usize::from(head[0]) % ZONES.len()]),
    };
    let started = processor_time();
    // Years 1970 to 2106; the rest of the range is refused before a schedule is stored.
    let seconds = u32::from_le_bytes([head[1], head[2], head[3], head[4]]);
    let after = Timestamp::from_millis(i64::from(seconds) * 1_000 + i64::from(head[5]));
    if parse(cron, zone).is_ok() {
        let spec = Spec::Cron(cron.to_owned());
        if let Ok(next) = spec.next(zone, after) {
            assert!(next > after, "{cron} in {zone}: {next:?} is not after {after:?}");
            let catch_up = [CatchUp::Skip, CatchUp::Latest, CatchUp::All][usize::from(head[6]) % 3];
            let id = "trg".to_owned();
            let schedule = Schedule { id, tenant: tenant(), subject: String::new(), spec, timezone: zone.to_owned(), catch_up, next_at: Some(next) };
            let now = next.plus(Duration::from_secs(u64::from(head[7]) * 600));
            let spread = spread(&schedule.id, &schedule.spec, Duration::from_secs(u64::from(head[6])));
            if let Ok((slots, later)) = due_slots(&schedule, spread, now) {
                // A slot fires `spread` after its instant, never before.
                assert!(later.plus(spread) > now, "{cron} in {zone}: due again at {later:?}, it is {now:?}");
                assert!(slots.iter().all(|slot| slot.plus(spread) <= now), "{cron} in {zone}: a slot in the future");
            }
        }
    }
    // By the processor's time: the fuzzer may share the machine.
    let took = processor_time().saturating_sub(started);
    assert!(took < Duration::from_secs(1), "{cron:?} in {zone:?} took {took:?}");
});

fn processor_time() -> Duration {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the clock writes into a value of ours.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut now) };
    Duration::new(u64::try_from(now.tv_sec).unwrap_or(0), u32::try_from(now.tv_nsec).unwrap_or(0))
}

fn tenant() -> millrace_ids::TenantId {
    millrace_ids::TenantId::generate()
}
