//! One request, from its head to the head of its response.

mod body;
mod check;
mod headers;
pub(crate) mod hop;
pub(crate) mod platform;

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::ops::Deref;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

use appsvc_os::exchange::{Exchange, Failure};
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response};
use hyper::body::Incoming;
use tokio::sync::oneshot;
use uuid::Uuid;

pub use self::body::{BodyError, RequestBody};
pub(crate) use self::headers::Asked;
use self::platform::Fresh;
use crate::connection::refusal::Refusal;
use crate::connection::{Busy, Context, Flow};
use crate::response::body::{Course, Ending, ResponseBody};
use crate::response::{self, Terms, Trouble};
use crate::silence::Silence;
use crate::site::Site;

/// Answers one request, in any case with a response. Never an error.
pub(crate) async fn answer<S: Site, C: Deref<Target = Context<S>>>(
    cx: C,
    busy: Busy,
    flow: Option<Arc<Flow>>,
    request: Request<Incoming>,
) -> Result<Response<ResponseBody<S::Body>>, Infallible> {
    let exchange = Arc::new(Exchange::begin(Uuid::new_v4()));
    let limits = &cx.shared.limits;
    let course =
        Course { exchange: Ending(exchange.clone()), busy, silence: Silence::new(limits.silence), flow };
    let (mut parts, incoming) = request.into_parts();
    let mut terms = Terms {
        asked: Asked { coding: None, html: true },
        head: parts.method == Method::HEAD,
        version: parts.version,
        iis_headers: cx.shared.iis_headers,
    };
    let trouble = 'trouble: {
        match prepare(&cx, &mut parts, exchange.id()) {
            Ok(asked) => terms.asked = asked,
            Err(refusal) => break 'trouble (Trouble::Refused(refusal), course),
        }
        let (body, faults) = RequestBody::new(incoming, &exchange, limits, course.busy.conduct().alarms());
        let serving = pin!(cx.shared.site.serve(Request::from_parts(parts, body), exchange));
        let mut course = course;
        match attend(serving, &mut course, faults).await {
            Ok(response) => match response::finish(response, terms, course) {
                Ok(response) => return Ok(response),
                Err((failure, course)) => (Trouble::Failed(failure), course),
            },
            Err(trouble) => (trouble, course),
        }
    };
    Ok(response::trouble(&trouble.0, terms, trouble.1))
}

/// Checks a request and gives it the headers that an app sees.
fn prepare<S>(cx: &Context<S>, parts: &mut Parts, id: Uuid) -> Result<Asked, Refusal> {
    if cx.refused {
        return Err(Refusal::TooManyConnections);
    }
    let host = check::check(parts, &cx.shared.limits)?;
    // HTTP/1.0 need not name one.
    let host = host.or_else(|| cx.template.get(platform::DEFAULT_HOST).cloned());
    let host = host.unwrap_or_else(|| HeaderValue::from_static(""));
    let fresh = Fresh { id, target: check::target(parts), host };
    let client = std::mem::replace(&mut parts.headers, platform::begin(&cx.template, fresh, &cx.values));
    // Ways to take over the connection, which no app has.
    parts.extensions.clear();
    headers::admit(&mut parts.headers, client, cx.shared.compression)
}

/// Waits for an app's response, a fault of the client's, or the time limit.
async fn attend<T>(
    mut serving: Pin<&mut impl Future<Output = Result<T, Failure>>>,
    course: &mut Course,
    mut faults: Option<oneshot::Receiver<Refusal>>,
) -> Result<T, Trouble> {
    poll_fn(|cx| {
        let served = serving.as_mut().poll(cx);
        // First, since an app whose read has failed may well answer with that failure.
        if let Some(receiver) = &mut faults
            && let Poll::Ready(fault) = Pin::new(receiver).poll(cx)
        {
            faults = None;
            if let Ok(refusal) = fault {
                return Poll::Ready(Err(Trouble::Refused(refusal)));
            }
        }
        if let Poll::Ready(result) = served {
            return Poll::Ready(result.map_err(Trouble::Failed));
        }
        let Course { exchange: Ending(exchange), busy, silence, .. } = &mut *course;
        silence.poll(cx, exchange, busy.conduct()).map(|()| Err(Trouble::Silent(silence.limit())))
    })
    .await
}
