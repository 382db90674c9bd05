package import Authentication
import NIOHTTP1
package import RegistryCore

/// Answers everything under `/v2`, and `/token`: finds the route, who asks and whether they may, calls the endpoint, and turns
/// what went wrong into an answer.
package struct RegistryResponder: HTTPResponder {
    let registry: Registry
    let authenticator: Authenticator

    package init(registry: Registry, authenticator: Authenticator) {
        self.registry = registry
        self.authenticator = authenticator
    }

    /// What was found out about a request on the way, for its log line and its headers.
    struct Findings {
        var route = Route.Name.unknown
        var repository: RepositoryName?
        var user: UserName?
        var isPrivate = false
    }

    package func respond(to request: Request) async -> Response {
        var findings = Findings()
        var response: Response
        do {
            response = try await respond(to: request, &findings)
        } catch {
            response = refused(error, request)
        }
        response.route = findings.route
        response.repository = findings.repository?.description
        response.user = findings.user?.description
        if findings.isPrivate { response.keepFromSharedCaches() }
        response.headers.add(name: "Docker-Distribution-API-Version", value: "registry/2.0")
        return response
    }

    private func respond(to request: Request, _ findings: inout Findings) async throws -> Response {
        let route = try Route(request.path)
        findings.route = route.name
        findings.repository = route.repository
        switch (route, request.method) {
        case (.token, .GET), (.token, .POST): return try await token(request, &findings)
        case (.keySet, .GET), (.keySet, .HEAD): return try keySet(request)
        default: break
        }
        guard let operation = route.operation(request.method) else { return unsupported(request, route) }
        do {
            let credentials = Credentials(request)
            let caller = try await authenticator.login(credentials, from: request.origin.address).caller
            findings.user = caller.user
            findings.isPrivate = caller.user != nil
            // Here a permission is checked, and nowhere else.
            let authorization = try await registry.authorize(caller, operation, in: route.repository)
            findings.isPrivate = authorization.isPrivate
            return try await perform(operation, route, request, authorization)
        } catch var error as RegistryError where error.code == .unauthorized {
            if error.challenge?.scope == nil { error.challenge?.scope = operation.scope(in: route.repository) }
            throw error
        } catch let error as RegistryError where error.code == .nameUnknown {
            // Never 404, and nothing to be learnt from it of private repositories.
            guard case .referrers(_, let digest) = route else { throw error }
            return try await listReferrers(request, digest, nil)
        }
    }

    private func perform(
        _ operation: Operation,
        _ route: Route,
        _ request: Request,
        _ authorization: Authorization
    ) async throws -> Response {
        switch (operation, route) {
        case (.listRepositories, _):
            return try await catalog(request, authorization)
        case (.listTags, .tags(let name)):
            return try await listTags(request, name, authorization)
        case (.pullManifest, .manifest(_, let reference)):
            return try await getManifest(request, reference, authorization)
        case (.pushManifest, .manifest(let name, let reference)):
            return try await putManifest(request, name, reference, authorization)
        case (.deleteManifest, .manifest(_, let reference)):
            return try await deleteManifest(request, reference, authorization)
        case (.pullBlob, .blob(_, let digest)):
            return try await getBlob(request, digest, authorization)
        case (.deleteBlob, .blob(_, let digest)):
            return try await deleteBlob(request, digest, authorization)
        case (.startUpload, .uploads(let name)):
            return try await startUpload(request, name, authorization)
        case (.continueUpload, .upload(let name, let id)):
            return request.method == .PATCH
                ? try await patchUpload(request, id, authorization)
                : try await putUpload(request, name, id, authorization)
        case (.uploadStatus, .upload(_, let id)):
            return try await getUpload(request, id, authorization)
        case (.cancelUpload, .upload(_, let id)):
            return try await deleteUpload(request, id, authorization)
        case (.listReferrers, .referrers(_, let digest)):
            return try await listReferrers(request, digest, authorization)
        case (.checkVersion, .version):
            return version(request)
        default:
            return unsupported(request, route)
        }
    }

    private func unsupported(_ request: Request, _ route: Route) -> Response {
        var response = ErrorTable.response(
            RegistryError(.methodUnsupported, "\(request.method) is not supported here"), id: request.id)
        response.headers.add(name: "Allow", value: route.methods)
        return response
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
        if error.code == .readOnly, let route = try? Route(request.path) {
            response.headers.add(name: "Allow", value: route.readingMethods)
        }
        if let offset = error.offset {
            response.headers.add(name: "Range", value: uploadRange(offset))
            response.headers.add(name: "Location", value: String(request.path))
        }
        if let challenge = error.challenge {
            let text = challenge.text(authenticator.settings, at: request.baseURL)
            response.headers.add(name: "WWW-Authenticate", value: text)
        }
        return response
    }
}

extension Response {
    /// RFC 9111, section 5.2.2.7. What is not to be stored at all stays so.
    fileprivate mutating func keepFromSharedCaches() {
        guard let value = headers.first(name: "Cache-Control") else {
            return headers.add(name: "Cache-Control", value: "private")
        }
        if value != "no-store", !value.hasPrefix("private") {
            headers.replaceOrAdd(name: "Cache-Control", value: "private, \(value)")
        }
    }
}
