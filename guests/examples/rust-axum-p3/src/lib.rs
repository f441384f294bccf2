//! An axum app on WASI 0.3 (`wasi:http/service`).
//!
//! `cargo xtask guests --only rust-axum-p3` builds it into `guests/out/rust-axum-p3.wasm`; outside this
//! repository `cargo build --release --target wasm32-wasip2` is all it takes (there is no std for a
//! `wasip3` target yet, and none is needed).
//!
//! Write handlers as for any axum app. Two things differ: axum's `tokio` features are off (the host owns the
//! sockets, so there is no listener to bind), and the time comes from WASI instead of tokio.

use std::convert::Infallible;
use std::env;
use std::sync::LazyLock;

use axum::body::Body;
use axum::response::{Html, IntoResponse};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::stream;
use serde::Serialize;
use tower_service::Service;
use wasip3::clocks::monotonic_clock::wait_for;
use wasip3::http::types::{ErrorCode, Request, Response};
use wasip3::http_compat::{http_from_wasi_request, http_into_wasi_response};

struct App;

wasip3::http::service::export!(App);

/// Built once per instance; an instance may answer many requests.
static ROUTER: LazyLock<Router> = LazyLock::new(|| {
    Router::new()
        .route("/", get(home))
        .route("/json", get(json))
        .route("/stream", get(chunks))
        .route("/echo", post(echo))
});

impl wasip3::exports::http::handler::Guest for App {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        let request = http_from_wasi_request(request)?.map(Body::new);
        let Ok(response) = ROUTER.clone().call(request).await;
        http_into_wasi_response(response)
    }
}

/// App settings and the platform's own variables arrive as environment variables.
fn site() -> String {
    env::var("WEBSITE_SITE_NAME").unwrap_or_else(|_| "an unnamed site".into())
}

async fn home() -> Html<String> {
    Html(format!(
        "<!doctype html><title>Rust</title><h1>Hello from Rust (axum, WASI 0.3) on {}</h1>\n",
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
    Json(About { language: "Rust", wasi: "0.3", site: site() })
}

/// Five chunks, each sent as soon as it exists.
async fn chunks() -> impl IntoResponse {
    Body::from_stream(stream::unfold(1, |number| async move {
        if number > 5 {
            return None;
        }
        wait_for(100_000_000).await; // nanoseconds
        Some((Ok::<_, Infallible>(format!("chunk {number}\n")), number + 1))
    }))
}

/// The request body goes back as it comes in; nothing is collected.
async fn echo(body: Body) -> Body {
    body
}
