//! Requests on which two readers might disagree: 400, and the connection is closed.

use crate::support::{Fake, Host, within};

/// Sends `bytes` with a second request behind them and checks that the answer is `status`, that the connection
/// is closed after it, and that the app saw neither.
async fn refused(status: u16, bytes: impl AsRef<[u8]>) {
    let (seen, mut requests) = crate::support::mailbox();
    let host = Host::start(Fake::new(move |request, _| {
        let _ = seen.send(request.uri().to_string());
        async { Ok(http::Response::new(crate::support::full("served"))) }
    }))
    .await;
    let bytes = [bytes.as_ref(), b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"].concat();
    // At once and byte by byte: the verdict must not depend on how it arrives.
    for pieces in [bytes.len(), 1] {
        let mut raw = host.raw().await;
        for piece in bytes.chunks(pieces) {
            if raw.try_send(piece).await.is_err() {
                break;
            }
        }
        let answer = raw.anyhow().await;
        let shown = String::from_utf8_lossy(&bytes).into_owned();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{shown:?} got {answer:?}");
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{shown:?} got {answer:?}");
        assert!(requests.try_recv().is_err(), "{shown:?} reached the app");
    }
}

async fn refused_post(lines: &str, body: &str) {
    refused(400, format!("POST / HTTP/1.1\r\nHost: a\r\n{lines}\r\n\r\n{body}")).await;
}

#[tokio::test]
async fn length_and_chunks() {
    refused_post("Content-Length: 5\r\nTransfer-Encoding: chunked", "0\r\n\r\n").await;
    refused_post("Transfer-Encoding: chunked\r\nContent-Length: 5", "0\r\n\r\n").await;
    refused_post("Content-Length: 5\r\nX: y\r\ntRANSFER-eNCODING: cHUNKED", "0\r\n\r\n").await;
}

#[tokio::test]
async fn lengths_that_differ() {
    refused_post("Content-Length: 3\r\nContent-Length: 4", "abcd").await;
    refused_post("Content-Length: 3, 4", "abcd").await;
}

#[tokio::test]
async fn lengths_that_are_none() {
    for length in ["-1", "+1", "0x1", "1 1", "", "99999999999999999999999"] {
        refused_post(&format!("Content-Length: {length}"), "a").await;
    }
}

#[tokio::test]
async fn codings_other_than_chunked() {
    refused(501, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n").await;
    refused(501, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n").await;
    refused_post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "0\r\n\r\n").await;
    refused_post("Transfer-Encoding : chunked", "0\r\n\r\n").await;
}

#[tokio::test]
async fn chunks_of_no_size() {
    for body in [
        "x\r\n",
        "-1\r\na\r\n",
        "0x1\r\na\r\n",
        "ffffffffffffffffff\r\n",
        "1\r\nab\r\n0\r\n\r\n",
        "1\na\n0\n\n",
    ] {
        refused_post("Transfer-Encoding: chunked", body).await;
    }
}

#[tokio::test]
async fn chunks_in_http10() {
    refused(400, "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n").await;
}

#[tokio::test]
async fn folded_lines() {
    refused_post("X: a\r\n Content-Length: 5", "").await;
    refused_post("X: a\r\n\tb", "").await;
}

#[tokio::test]
async fn line_feeds_alone() {
    refused(400, "GET / HTTP/1.1\nHost: a\n\n").await;
    refused(400, "GET / HTTP/1.1\r\nHost: a\r\nX: y\nContent-Length: 5\r\n\r\n").await;
    refused(400, "GET / HTTP/1.1\r\nHost: a\r\n\n").await;
}

#[tokio::test]
async fn stray_carriage_returns_and_zeroes() {
    refused(400, "GET / HTTP/1.1\r\nHost: a\r\nX: y\rZ: z\r\n\r\n").await;
    refused(400, "GET / HTTP/1.1\r\nHost: a\r\nX: y\0\r\n\r\n").await;
}

#[tokio::test]
async fn header_names_that_are_none() {
    refused(400, "GET / HTTP/1.1\r\nHost: a\r\nContent-Length : 5\r\n\r\n").await;
    refused(400, "GET / HTTP/1.1\r\nHost: a\r\n: y\r\n\r\n").await;
    refused(400, "GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n").await;
}

#[tokio::test]
async fn request_lines_that_are_none() {
    refused(400, "GET /\r\nHost: a\r\n\r\n").await;
    refused(400, "GET  / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    refused(400, "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n").await;
    refused(400, "G{T / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    refused(400, "GET / HTTP/1.2\r\nHost: a\r\n\r\n").await;
}

#[tokio::test]
async fn hosts() {
    refused(400, "GET / HTTP/1.1\r\n\r\n").await;
    refused(400, "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n").await;
    refused(400, "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n").await;
    refused(400, "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n").await;
    refused(400, "GET http://a/ HTTP/1.1\r\n\r\n").await;
}

#[tokio::test]
async fn tunnels() {
    refused(501, "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n").await;
}

#[tokio::test]
async fn a_bad_chunk_after_the_app_began_to_read() {
    let (told, mut failures) = crate::support::mailbox();
    let host = Host::start(Fake::new(move |mut request, _| {
        let told = told.clone();
        async move {
            use http_body_util::BodyExt;
            let first = request.body_mut().frame().await.unwrap().unwrap().into_data().unwrap();
            let _ = told.send(String::from_utf8(first.to_vec()).unwrap());
            let failure = request.body_mut().frame().await.unwrap().unwrap_err();
            let _ = told.send(failure.to_string());
            Ok(http::Response::new(crate::support::full("whatever")))
        }
    }))
    .await;
    let mut raw = host.raw().await;
    raw.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n").await;
    assert_eq!(within(failures.recv()).await.unwrap(), "abc");
    raw.send("zz\r\n").await;
    assert_eq!(raw.response().await.0, 400);
    assert_eq!(raw.rest().await, "");
    assert_eq!(within(failures.recv()).await.unwrap(), "the request's body is not well formed");
}

#[tokio::test]
async fn what_is_well_formed_is_served_also_in_a_row() {
    let host = Host::start(Fake::echo()).await;
    let mut raw = host.raw().await;
    raw.send(
        "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc\
         POST /2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nde\r\n1\r\nf\r\n0\r\nX-T: u\r\n\r\n\
         \r\nGET /3 HTTP/1.1\r\nHost: a\r\n\r\n\
         GET /4 HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .await;
    for (path, end) in
        [("POST /1 ", "\n\nabc"), ("POST /2 ", "\n\ndefx-t: u\n"), ("GET /3 ", "\n\n"), ("GET /4 ", "\n\n")]
    {
        let (status, text) = raw.response().await;
        assert_eq!(status, 200);
        assert!(text.starts_with(path) && text.ends_with(end), "{text}");
    }
}

#[tokio::test]
async fn the_answer_before_what_is_refused_still_comes() {
    let host = Host::start(Fake::echo()).await;
    let mut raw = host.raw().await;
    raw.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\nHost: a\n\n").await;
    let (status, text) = raw.response().await;
    assert_eq!(status, 200);
    assert!(text.starts_with("GET /1 "));
    assert_eq!(raw.response().await.0, 400);
    assert_eq!(raw.rest().await, "");
}

#[tokio::test]
async fn a_response_that_is_cut_is_not_continued_by_an_answer_to_what_is_refused() {
    let (told, mut heard) = crate::support::mailbox();
    let host = Host::start(Fake::new(move |_, _| {
        let (feeder, body) = crate::support::feed();
        feeder.send(crate::support::data("begun")).unwrap();
        let _ = told.send(feeder);
        async { Ok(http::Response::new(body)) }
    }))
    .await;
    let mut raw = host.raw().await;
    raw.send("GET / HTTP/1.0\r\n\r\nGET / HTTP/1.0\nHost: a\n\n").await;
    raw.until("begun").await;
    within(heard.recv()).await.unwrap().send(Err("trapped".into())).unwrap();
    assert_eq!(raw.reset().await, "");
}

#[tokio::test]
async fn the_page_has_an_id_and_says_no_more_than_the_status() {
    let host = Host::start(Fake::echo()).await;
    let mut raw = host.raw().await;
    raw.send("GET / HTTP/1.1\nHost: a\n\n").await;
    let head = raw.head().await;
    assert!(head.contains("connection: close\r\n") && head.contains("content-type: text/html"), "{head}");
    let page = raw.rest().await;
    assert!(page.contains("400 Bad Request") && page.contains("Request id: <code>"), "{page}");
    assert!(!page.contains("line feed"), "{page}");
}
