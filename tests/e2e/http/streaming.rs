//! Bytes go on as they come, in both directions.

use std::io::Write as _;

use appsvc_tests::{Request, Version, within};
use bytes::Bytes;
use flate2::write::GzDecoder;
use http_body::Frame;
use http_body_util::BodyExt as _;

use crate::support::{PROBES, feed, serve};

const VERSIONS: [Version; 2] = [Version::Http11, Version::Http2];

/// The second chunk is a day away: the first comes at once, or never.
#[tokio::test]
async fn a_flushed_chunk_reaches_the_client() {
    for guest in PROBES {
        let mut host = serve(guest).args(["--grace", "0s"]).start().await;
        for version in VERSIONS {
            for size in [1, 100_000] {
                let mut connection = host.connect(version).await;
                let target = format!("/stream?chunks=2&ms=86400000&size={size}");
                let mut body = connection.head(Request::get(&target)).await.unwrap().into_body();
                let mut got = 0;
                while got < size {
                    let frame = within("the first chunk", body.frame()).await.unwrap().unwrap().unwrap();
                    got += frame.data_ref().unwrap().len();
                }
                assert_eq!(got, size, "{guest} {version}");
            }
        }
        assert!(host.stop().await.success());
    }
}

#[tokio::test]
async fn a_flushed_chunk_reaches_the_client_through_compression() {
    for guest in PROBES {
        let mut host = serve(guest).args(["--grace", "0s"]).start().await;
        for version in VERSIONS {
            let mut connection = host.connect(version).await;
            let get =
                Request::get("/stream?chunks=2&ms=86400000&size=5000").header("accept-encoding", "gzip");
            let head = connection.head(get).await.unwrap();
            assert_eq!(head.headers()["content-encoding"], "gzip", "{guest} {version}");
            let mut body = head.into_body();
            let mut plain = GzDecoder::new(Vec::new());
            while plain.get_ref().len() < 5000 {
                let frame = within("the first chunk", body.frame()).await.unwrap().unwrap().unwrap();
                plain.write_all(frame.data_ref().unwrap()).unwrap();
                plain.flush().unwrap();
            }
            assert_eq!(plain.get_ref(), &vec![b'.'; 5000], "{guest} {version}");
        }
        assert!(host.stop().await.success());
    }
}

#[tokio::test]
async fn a_chunk_that_the_client_sends_reaches_the_guest() {
    for guest in PROBES {
        let mut host = serve(guest).start().await;
        for version in VERSIONS {
            let mut connection = host.connect(version).await;
            let (body, fed) = feed();
            let post = Request::post("/echo").header("content-type", "application/octet-stream").stream(fed);
            let mut back = connection.head(post).await.unwrap().into_body();
            for size in [1, 10, 70_000, 1] {
                body.send(Frame::data(Bytes::from(vec![b'x'; size]))).unwrap();
                let mut got = 0;
                while got < size {
                    let frame = within("the echo", back.frame()).await.unwrap().unwrap().unwrap();
                    got += frame.data_ref().unwrap().len();
                }
                assert_eq!(got, size, "{guest} {version}");
            }
            drop(body);
            let rest = within("the end", back.collect()).await.unwrap().unwrap();
            assert_eq!(rest.to_bytes(), "");
        }
        assert!(host.stop().await.success());
    }
}

/// More than all buffers hold, back and forth, and not a byte lost.
#[tokio::test]
async fn large_bodies_pass_through_whole() {
    for guest in PROBES {
        let mut host = serve(guest).start().await;
        let big: Bytes = (0..3_000_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        for version in VERSIONS {
            let post =
                Request::post("/echo").header("content-type", "application/octet-stream").body(big.clone());
            let response = host.send(post.over(version)).await;
            assert!(response.bytes() == &big, "{guest} {version}: {} bytes", response.bytes().len());
            let response = host.send(Request::get("/big?bytes=20000000").over(version)).await;
            assert_eq!(response.bytes().len(), 20_000_000, "{guest} {version}");
        }
        assert!(host.stop().await.success());
    }
}
