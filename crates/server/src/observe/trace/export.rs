//! The way to the collector: OTLP over HTTP, in batches, beside everything else.

use opentelemetry::KeyValue;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{BatchSpanProcessor, SpanProcessor as _};
use tokio::runtime::Handle;

use crate::config::TraceConfig;

/// Sends through the runtime of the server: the exporter calls from a thread of its own. The collector is the operator's, so
/// the rules for what workflows may reach do not hold for it.
#[derive(Debug)]
struct Client {
    http: reqwest::Client,
    runtime: Handle,
}

#[async_trait::async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let http = self.http.clone();
        let sent = self.runtime.spawn(async move {
            let (head, body) = request.into_parts();
            let answer = http.request(head.method, head.uri.to_string()).headers(head.headers).body(body).send().await?;
            let (status, headers) = (answer.status(), answer.headers().clone());
            Ok::<_, reqwest::Error>((status, headers, answer.bytes().await?))
        });
        let (status, headers, body) = sent.await??;
        let mut response = Response::new(body);
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Ok(response)
    }
}

/// A processor that takes finished spans and sends them in batches. What does not fit into its queue while the collector is
/// away is dropped: runs never wait for traces.
pub(super) fn processor(config: &TraceConfig) -> Result<BatchSpanProcessor, String> {
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().map_err(|e| e.to_string())?;
    let client = Client { http, runtime: Handle::current() };
    let exporter = SpanExporter::builder().with_http().with_http_client(client).with_endpoint(config.url()).build().map_err(|e| e.to_string())?;
    let mut processor = BatchSpanProcessor::builder(exporter).build();
    // Adds what OTEL_RESOURCE_ATTRIBUTES says.
    let resource = Resource::builder().with_service_name(config.service.clone()).with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")));
    processor.set_resource(&resource.build());
    Ok(processor)
}
