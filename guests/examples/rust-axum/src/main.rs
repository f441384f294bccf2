//! An axum app on WASI 0.2 (`wasi:http/proxy`).
//!
//! `cargo xtask guests --only rust-axum` builds it into `guests/out/rust-axum.wasm`; outside this repository
//! `cargo build --release --target wasm32-wasip2` is all it takes.
//!
//! Write handlers as for any axum app. Two things differ: axum's `tokio` features are off (the host owns the
//! sockets, so there is no listener to bind), and the time comes from `wstd` instead of tokio.

use std::convert::Infallible;
use std::env;

use axum::body::Body;
use axum::response::{Html, IntoResponse};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::stream;
use serde::Serialize;
use wstd::time::Duration;

#[wstd_axum::http_server]
fn main() -> Router {
    Router::new()
        .route("/", get(home))
        .route("/json", get(json))
        .route("/stream", get(chunks))
        .route("/echo", post(echo))
}

/// App settings and the platform's own variables arrive as environment variables.
fn site() -> String {
    env::var("WEBSITE_SITE_NAME").unwrap_or_else(|_| "an unnamed site".into())
}

async fn home() -> Html<String> {
    Html(format!(
        "<!doctype html><title>Rust</title><h1>Hello from Rust (axum, WASI 0.2) on {}</h1>\n",
        site()
    ))
}

#[derive(Serialize)]
struct About {
    language: &'static str,
    wasi: &'static str,
    site: String,
}

async fn json() -> Json<About> {
    Json(About { language: "Rust", wasi: "0.2", site: site() })
}

/// Five chunks, each sent as soon as it exists.
async fn chunks() -> impl IntoResponse {
    Body::from_stream(stream::unfold(1, |number| async move {
        if number > 5 {
            return None;
        }
        wstd::task::sleep(Duration::from_millis(100)).await;
        Some((Ok::<_, Infallible>(format!("chunk {number}\n")), number + 1))
    }))
}

/// The request body goes back as it comes in; nothing is collected.
async fn echo(body: Body) -> Body {
    body
}
