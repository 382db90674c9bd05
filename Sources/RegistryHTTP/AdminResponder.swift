import NIOCore
import NIOHTTP1
package import RegistryCore

/// Answers on the admin listener: `/healthz`, whether the process serves at all, and `/readyz`, whether requests can succeed.
package struct AdminResponder: HTTPResponder {
    let registry: Registry

    package init(registry: Registry) {
        self.registry = registry
    }

    package func respond(to request: Request) async -> Response {
        switch (request.path, request.method) {
        case ("/healthz", .GET), ("/healthz", .HEAD):
            return answer(request, .ok, "ok", .health)
        case ("/readyz", .GET), ("/readyz", .HEAD):
            do {
                try await registry.ready()
                return answer(request, .ok, "ready", .ready)
            } catch {
                return answer(request, .serviceUnavailable, "\(RegistryError(error))", .ready)
            }
        default:
            return answer(request, .notFound, "there is /healthz and /readyz", .unknown)
        }
    }

    private func answer(_ request: Request, _ status: HTTPResponseStatus, _ text: String, _ route: Route.Name)
        -> Response
    {
        let body = ByteBuffer(string: text + "\n")
        var response = Response(
            status,
            ["Content-Type": "text/plain; charset=utf-8", "Content-Length": String(body.readableBytes)],
            body: request.method == .HEAD ? .none : .bytes(body))
        response.route = route
        return response
    }
}
