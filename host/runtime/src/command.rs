//! A `wasi:cli/command` run once, in the foreground.

use std::sync::Arc;

use appsvc_wasi::cli::Stdio;
use appsvc_wasi::{Guest, Sandbox};
use wasmtime_wasi::I32Exit;
use wasmtime_wasi::p3::bindings::Command as CommandP3;

use crate::app::new_store;
use crate::backtrace;
use crate::fairness::{CpuMeter, Metered};
use crate::program::{Pre, Program};

/// How a command ended.
#[derive(Debug)]
pub enum Exit {
    /// With this code: 0 to 255.
    Code(u8),
    /// By a trap or a failed host call; the text has the guest's back trace.
    Trapped(String),
    /// It could not be started.
    NotStarted(String),
}

/// Runs `program` to its end, with the standard streams of this process.
pub async fn run(program: &Program, sandbox: Arc<Sandbox>) -> Exit {
    // Metered as every guest: its turns at the gate have to end.
    Metered::new(run_guest(program, sandbox), Arc::<CpuMeter>::default()).await
}

async fn run_guest(program: &Program, sandbox: Arc<Sandbox>) -> Exit {
    let mut store = new_store(program.engine(), Guest::new(sandbox, Stdio::Inherited));
    let result = match &program.pre {
        Pre::CommandP2(pre) => match pre.instantiate_async(&mut store).await {
            Ok(command) => command.wasi_cli_run().call_run(&mut store).await,
            Err(error) => Err(error),
        },
        Pre::CommandP3(pre) => match pre.instantiate_async(&mut store).await {
            Ok(instance) => match CommandP3::new(&mut store, &instance) {
                Ok(command) => store
                    .run_concurrent(async move |accessor| {
                        let ended = command.wasi_cli_run().call_run(accessor).await;
                        // What the guest has written is read while the store is driven.
                        std::future::poll_fn(|cx| accessor.poll_no_interesting_tasks(cx)).await;
                        ended
                    })
                    .await
                    .and_then(|ended| ended),
                Err(error) => Err(error),
            },
            Err(error) => Err(error),
        },
        Pre::HttpP2(_) | Pre::HttpP3(_) => {
            return Exit::NotStarted("it answers requests and is no command".into());
        }
    };
    match result {
        Ok(Ok(())) => Exit::Code(0),
        Ok(Err(())) => Exit::Code(1),
        Err(error) => match error.downcast_ref::<I32Exit>() {
            Some(I32Exit(code)) => Exit::Code(u8::try_from(*code).unwrap_or(1)),
            None if store.data().limiter.refused() => Exit::Trapped(format!(
                "{error:?}\n\nthe memory of the plan was used up: a higher --plan has more"
            )),
            None => Exit::Trapped(backtrace::describe(&error)),
        },
    }
}
