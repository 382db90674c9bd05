import NIOCore
import NIOHTTP1
package import RegistryCore

/// Answers on the admin listener: `/healthz`, whether the process serves at all, `/readyz`, whether requests can succeed, and
/// `/metrics`, what the server does, for Prometheus.
package struct AdminResponder: HTTPResponder {
    let registry: Registry
    let metrics: Metrics

    package init(registry: Registry, metrics: Metrics) {
        self.registry = registry
        self.metrics = metrics
    }

    package func respond(to request: Request) async -> Response {
        switch (request.path, request.method) {
        case ("/healthz", .GET), ("/healthz", .HEAD):
            return answer(request, .ok, "ok\n", .health)
        case ("/readyz", .GET), ("/readyz", .HEAD):
            do {
                try await registry.ready()
                return answer(request, .ok, Self.readiness(try await registry.metadata.countDamages()), .ready)
            } catch {
                return answer(request, .serviceUnavailable, "\(RegistryError(error))\n", .ready)
            }
        case ("/metrics", .GET), ("/metrics", .HEAD):
            do {
                return answer(request, .ok, try await metrics.text(), .metrics, type: MetricsText.contentType)
            } catch {
                return answer(request, .serviceUnavailable, "\(RegistryError(error))\n", .metrics)
            }
        default:
            return answer(request, .notFound, "there is /healthz, /readyz and /metrics\n", .unknown)
        }
    }

    /// What is damaged keeps nothing else from being served.
    static func readiness(_ damages: [String: Int]) -> String {
        guard !damages.isEmpty else { return "ready\n" }
        let places = damages.sorted { $0.key < $1.key }.map { backend, count in
            "\(count) \(count == 1 ? "blob" : "blobs") on \(backend)"
        }
        let isOne = damages.values.reduce(0, +) == 1
        return "ready; \(places.joined(separator: ", ")) \(isOne ? "is" : "are") damaged: registryd scrub\n"
    }

    private func answer(
        _ request: Request,
        _ status: HTTPResponseStatus,
        _ text: String,
        _ route: Route.Name,
        type: String = "text/plain; charset=utf-8"
    ) -> Response {
        let body = ByteBuffer(string: text)
        var response = Response(
            status, ["Content-Type": type, "Content-Length": String(body.readableBytes)],
            body: request.method == .HEAD ? .none : .bytes(body))
        response.route = route
        return response
    }
}
