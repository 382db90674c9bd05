package import RegistryCore
import NIOHTTP1

/// Answers everything under `/v2`: finds the route, calls its endpoint, turns what went wrong into an answer.
package struct RegistryResponder: HTTPResponder {
    let registry: Registry

    package init(registry: Registry) {
        self.registry = registry
    }

    package func respond(to request: Request) async -> Response {
        var name = Route.Name.unknown
        var repository: RepositoryName?
        var response: Response
        do {
            let route = try Route(request.path)
            name = route.name
            repository = route.repository
            response = try await respond(to: request, route)
        } catch {
            response = refused(error, request)
        }
        response.route = name
        response.repository = repository?.description
        response.headers.add(name: "Docker-Distribution-API-Version", value: "registry/2.0")
        return response
    }

    private func respond(to request: Request, _ route: Route) async throws -> Response {
        switch (route, request.method) {
        case (.version, .GET), (.version, .HEAD):
            return version(request)
        case (.catalog, .GET), (.catalog, .HEAD):
            return try await catalog(request)
        case (.tags(let name), .GET), (.tags(let name), .HEAD):
            return try await listTags(request, name)
        case (.manifest(let name, let reference), .GET), (.manifest(let name, let reference), .HEAD):
            return try await getManifest(request, name, reference)
        case (.manifest(let name, let reference), .PUT):
            return try await putManifest(request, name, reference)
        case (.manifest(let name, let reference), .DELETE):
            return try await deleteManifest(request, name, reference)
        case (.blob(let name, let digest), .GET), (.blob(let name, let digest), .HEAD):
            return try await getBlob(request, name, digest)
        case (.blob(let name, let digest), .DELETE):
            return try await deleteBlob(request, name, digest)
        case (.uploads(let name), .POST):
            return try await startUpload(request, name)
        case (.upload(let name, let id), .PATCH):
            return try await patchUpload(request, name, id)
        case (.upload(let name, let id), .PUT):
            return try await putUpload(request, name, id)
        case (.upload(let name, let id), .GET):
            return try await getUpload(request, name, id)
        case (.upload(let name, let id), .DELETE):
            return try await deleteUpload(request, name, id)
        case (.referrers(let name, let digest), .GET), (.referrers(let name, let digest), .HEAD):
            return try await listReferrers(request, name, digest)
        default:
            var response = ErrorTable.response(
                RegistryError(.methodUnsupported, "\(request.method) is not supported here"), id: request.id)
            response.headers.add(name: "Allow", value: route.methods)
            return response
        }
    }

    private func refused(_ error: any Error, _ request: Request) -> Response {
        if let error = error as? ConnectionError {
            // Most often nobody is there any more to read this.
            let code: RegistryError.Code = if case .bodyTooSlow = error { .requestTimeout } else { .requestInvalid }
            var response = ErrorTable.response(RegistryError(code, "\(error)"), id: request.id)
            response.failure = "\(error)"
            return response
        }
        var error = RegistryError(error)
        // No manifest has a tag like that: pulling it is a miss, pushing to it a mistake.
        if error.code == .tagInvalid, request.method != .PUT { error.code = .manifestUnknown }
        var response = ErrorTable.response(error, id: request.id)
        if error.code == .blobNeeded { response.headers.add(name: "Allow", value: "GET, HEAD") }
        if let offset = error.offset {
            response.headers.add(name: "Range", value: uploadRange(offset))
            response.headers.add(name: "Location", value: String(request.path))
        }
        return response
    }
}

extension Route {
    /// For the Allow header (RFC 9110, section 10.2.1).
    fileprivate var methods: String {
        switch self {
        case .version: "GET, HEAD"
        case .catalog, .tags, .referrers: "GET, HEAD"
        case .manifest: "GET, HEAD, PUT, DELETE"
        case .blob: "GET, HEAD, DELETE"
        case .uploads: "POST"
        case .upload: "GET, PATCH, PUT, DELETE"
        }
    }
}
