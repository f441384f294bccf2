//! Loads a file: its shape, its compiled form, its links.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use appsvc_os::nearest::nearest;
use appsvc_wasi::{Guest, link};
use wasmtime::component::{Component, InstancePre};
use wasmtime_wasi::p2::bindings::CommandPre as CommandPreP2;
use wasmtime_wasi_http::p2::bindings::ProxyPre;
use wasmtime_wasi_http::p3::bindings::ServicePre;

use super::compiled::{CompiledStore, Seen};
use super::shape::{self, Interface, Shape, World};
use super::{LoadError, adapt};
use crate::engine::{Abi, Engines, Host};

/// What a file is loaded for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// To answer HTTP requests.
    Serve,
    /// To run once, as a command.
    Run,
}

/// A linked component, ready to be instantiated.
pub struct Program {
    pub(crate) pre: Pre,
    /// What it is used for.
    pub world: World,
    /// The file it came from.
    pub path: PathBuf,
    /// Whether its compiled form was there already.
    pub precompiled: bool,
    /// How long loading took.
    pub took: Duration,
}

impl Program {
    /// The engine it was compiled for.
    pub(crate) fn engine(&self) -> &wasmtime::Engine {
        match &self.pre {
            Pre::HttpP2(pre) => pre.engine(),
            Pre::HttpP3(pre) => pre.engine(),
            Pre::CommandP2(pre) => pre.engine(),
            Pre::CommandP3(pre) => pre.engine(),
        }
    }
}

pub(crate) enum Pre {
    HttpP2(ProxyPre<Guest>),
    HttpP3(ServicePre<Guest>),
    CommandP2(CommandPreP2<Guest>),
    CommandP3(InstancePre<Guest>),
}

/// Loads programs for one host.
#[derive(Clone)]
pub struct Loader {
    engines: Arc<Engines>,
    store: CompiledStore,
}

impl Loader {
    /// A loader that compiles for `engines` and keeps what it compiles in `store`.
    pub fn new(engines: Arc<Engines>, store: CompiledStore) -> Self {
        Self { engines, store }
    }

    /// Loads the file at `path`. Compiles where it has to, which may take seconds (`compiling` is called before):
    /// not for an async thread.
    ///
    /// # Errors
    ///
    /// Everything that can be wrong with a file, each in its own words: [`LoadError`].
    pub fn load(&self, path: &Path, usage: Use, compiling: impl FnOnce()) -> Result<Program, LoadError> {
        let begun = Instant::now();
        let read = |source| LoadError::Read { path: path.into(), source };
        let mut file = File::open(path).map_err(read)?;
        let meta = file.metadata().map_err(read)?;
        if meta.is_dir() {
            return Err(read(std::io::Error::from(std::io::ErrorKind::IsADirectory)));
        }

        if let Some(seen) = self.store.recall(&meta)
            && let Some(world) = parse_world(&seen.shape)
            && wanted(world, usage)
        {
            let host = self.host(abi(world))?;
            if let Some(component) = self.store.load(&host.engine, &seen.content) {
                let pre = link(path, host, &component, world)?;
                return Ok(Program {
                    pre,
                    world,
                    path: path.into(),
                    precompiled: true,
                    took: begun.elapsed(),
                });
            }
        }

        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(read)?;
        let content = blake3::hash(&bytes);
        let (interface, adapted) = match shape::read(path, &bytes)? {
            Shape::Component(interface) => (interface, None),
            Shape::Module if usage == Use::Run => {
                let component = adapt::command(path, &bytes)?;
                match shape::read(path, &component)? {
                    Shape::Component(interface) => (interface, Some(component)),
                    Shape::Module => return Err(core_module(path, usage)),
                }
            }
            Shape::Module => return Err(core_module(path, usage)),
        };
        let world = choose(path, &interface, usage)?;
        check_imports(path, &interface)?;
        let host = self.host(interface.abi())?;
        let (component, precompiled) = match self.store.load(&host.engine, &content) {
            Some(component) => (component, true),
            None => {
                compiling();
                (self.compile(path, host, &content, adapted.as_deref().unwrap_or(&bytes))?, false)
            }
        };
        let pre = link(path, host, &component, world)?;
        // A component of the 0.2 world that imports 0.3 needs the other engine than its world says: such a one
        // is read in full at every start.
        if abi(world) == interface.abi() {
            self.store.remember(&meta, &Seen { content, shape: write_world(world) });
        }
        Ok(Program { pre, world, path: path.into(), precompiled, took: begun.elapsed() })
    }

    fn host(&self, abi: Abi) -> Result<&Host, LoadError> {
        self.engines
            .host(abi)
            .map_err(|error| LoadError::Engine { version: abi.version(), reason: format!("{error:#}") })
    }

    fn compile(
        &self,
        path: &Path,
        host: &Host,
        content: &blake3::Hash,
        bytes: &[u8],
    ) -> Result<Component, LoadError> {
        let failed =
            |error: wasmtime::Error| LoadError::Compile { path: path.into(), reason: format!("{error:#}") };
        let compiled = host.engine.precompile_component(bytes).map_err(failed)?;
        match self.store.keep(&host.engine, content, &compiled) {
            Ok(()) => {
                if let Some(component) = self.store.load(&host.engine, content) {
                    return Ok(component);
                }
            }
            Err(error) => tracing::warn!(
                component = %path.display(), %error,
                "the compiled component cannot be kept: the next start compiles it again"
            ),
        }
        // SAFETY: the bytes come from the compiler just now and were in no other hands.
        unsafe { Component::deserialize(&host.engine, &compiled) }.map_err(failed)
    }
}

fn abi(world: World) -> Abi {
    match world {
        World::Http(abi) | World::Command(abi) => abi,
    }
}

fn wanted(world: World, usage: Use) -> bool {
    matches!((world, usage), (World::Http(_), Use::Serve) | (World::Command(_), Use::Run))
}

fn write_world(world: World) -> String {
    match world {
        World::Http(abi) => format!("http {}", abi.version()),
        World::Command(abi) => format!("command {}", abi.version()),
    }
}

fn parse_world(text: &str) -> Option<World> {
    [World::Http(Abi::P2), World::Http(Abi::P3), World::Command(Abi::P2), World::Command(Abi::P3)]
        .into_iter()
        .find(|world| write_world(*world) == text)
}

fn core_module(path: &Path, usage: Use) -> LoadError {
    let advice = match usage {
        Use::Serve => {
            "only components can be served: build it for wasm32-wasip2, or run it with `wasm-appsvc run` \
                       if it is a program of WASI preview 1"
        }
        Use::Run => "build it for wasm32-wasip2",
    };
    LoadError::CoreModule { path: path.into(), advice: advice.into() }
}

fn choose(path: &Path, interface: &Interface, usage: Use) -> Result<World, LoadError> {
    let (found, verb, needed, other, advice) = match usage {
        Use::Serve => (
            interface.http(),
            "served",
            "wasi:http/incoming-handler@0.2 or wasi:http/handler@0.3",
            interface.command(),
            "it is a command: use `wasm-appsvc run`",
        ),
        Use::Run => (
            interface.command(),
            "run",
            "wasi:cli/run@0.2 or wasi:cli/run@0.3",
            interface.http(),
            "it answers HTTP requests: use `wasm-appsvc serve`",
        ),
    };
    found.ok_or_else(|| LoadError::NoWorld {
        path: path.into(),
        verb,
        needed,
        exports: if interface.exports.is_empty() { "nothing".into() } else { interface.exports.join(", ") },
        advice: if other.is_some() { advice } else { "build it for one of these worlds" },
    })
}

/// Finds the first import that is not here, by name; versions are the linker's business.
fn check_imports(path: &Path, interface: &Interface) -> Result<(), LoadError> {
    for import in &interface.imports {
        let known = match shape::version(import) {
            Some(version) if version.starts_with("0.3") => link::INTERFACES_P3,
            _ => link::INTERFACES_P2,
        };
        let base = shape::base(import);
        if !known.contains(&base) {
            let all = link::INTERFACES_P2.iter().chain(link::INTERFACES_P3).copied();
            let nearest = match nearest(base, all) {
                Some(name) => {
                    let series = if link::INTERFACES_P2.contains(&name) { "0.2" } else { "0.3" };
                    format!("; the nearest it has is `{name}@{series}`")
                }
                None => {
                    "; it has the interfaces of wasi:cli, wasi:clocks, wasi:filesystem, wasi:http, wasi:io, \
                         wasi:random and wasi:sockets, 0.2 and 0.3"
                        .into()
                }
            };
            return Err(LoadError::MissingImport { path: path.into(), import: import.clone(), nearest });
        }
    }
    Ok(())
}

fn link(path: &Path, host: &Host, component: &Component, world: World) -> Result<Pre, LoadError> {
    let failed = |error: wasmtime::Error| LoadError::Link { path: path.into(), reason: format!("{error:#}") };
    let pre = host.linker.instantiate_pre(component).map_err(failed)?;
    // The image is made now, not at the first request.
    component.initialize_copy_on_write_image().map_err(failed)?;
    match world {
        World::Http(Abi::P2) => ProxyPre::new(pre).map(Pre::HttpP2),
        World::Http(Abi::P3) => ServicePre::new(pre).map(Pre::HttpP3),
        World::Command(Abi::P2) => CommandPreP2::new(pre).map(Pre::CommandP2),
        World::Command(Abi::P3) => Ok(Pre::CommandP3(pre)),
    }
    .map_err(failed)
}
