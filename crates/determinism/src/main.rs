//! The battery as a program: `millrace-determinism [PROGRAMS] [FIRST_SEED]`. With the sandbox's own argument it is a child.

use std::process::ExitCode;
use std::time::Instant;

use millrace_determinism::{Checked, check, pool_config, report};
use millrace_sandbox::{CHILD_ARGUMENT, Isolation, Pool};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|a| a == CHILD_ARGUMENT) {
        millrace_sandbox::child_main()
    }
    let number = |at: usize, default: u64| arguments.get(at).and_then(|a| a.parse().ok()).unwrap_or(default);
    match tokio::runtime::Runtime::new().map(|runtime| runtime.block_on(battery(number(0, 10_000), number(1, 1)))) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(what)) => {
            eprintln!("{what}");
            ExitCode::FAILURE
        }
        Err(e) => {
            eprintln!("{e}");
            ExitCode::FAILURE
        }
    }
}

async fn battery(programs: u64, first: u64) -> Result<(), String> {
    let exe = std::env::current_exe().map_err(|e| e.to_string())?;
    let process = Pool::start(pool_config(Isolation::Process, exe.clone())).await.map_err(|e| e.to_string())?;
    let inline = Pool::start(pool_config(Isolation::Inline, exe)).await.map_err(|e| e.to_string())?;
    let started = Instant::now();
    let (mut sum, mut differences) = (Checked::default(), 0);
    for lane in 0..programs.div_ceil(2) {
        let seeds = [first + lane * 2, first + lane * 2 + 1];
        let again = |seed: u64| if seed % 8 == 5 { &inline } else { &process };
        let (a, b) = tokio::join!(check(&process, again(seeds[0]), seeds[0]), check(&process, again(seeds[1]), seeds[1]));
        for checked in [a, b] {
            match checked {
                Ok(c) => {
                    sum = Checked { calls: sum.calls + c.calls, deliveries: sum.deliveries + c.deliveries, lines: sum.lines + c.lines, activations: sum.activations + c.activations, ended: true };
                }
                Err(difference) => {
                    differences += 1;
                    eprintln!("{}", report(&difference));
                }
            }
        }
    }
    println!(
        "{programs} programs from seed {first} in {:.1} s: {} calls, {} outcomes, {} lines, {} activations, {differences} differences",
        started.elapsed().as_secs_f64(), sum.calls, sum.deliveries, sum.lines, sum.activations
    );
    if differences == 0 { Ok(()) } else { Err(format!("{differences} programs differ")) }
}
