internal import Authentication
internal import NIOCore
internal import NIOHTTP1
internal import RegistryCore

// `/token`: access tokens (Docker's token authentication specification and its OAuth2 one), and `/.well-known/jwks.json`, what
// others verify them with.
extension RegistryResponder {
    /// The most that is read of a form, in bytes, and the most repositories that one token speaks of.
    private static let (largestForm, mostScopes) = (16 << 10, 32)

    func token(_ request: Request, _ findings: inout Findings) async throws -> Response {
        let wanted = request.method == .POST ? try await form(request) : request.query
        let login: Login
        switch request.method == .POST ? wanted["grant_type"] : nil {
        case nil:
            login = try await authenticator.login(Credentials(request), from: request.origin.address)
        case "password":
            let header = Credentials.Header.basic(user: wanted["username"] ?? "", password: wanted["password"] ?? "")
            login = try await authenticator.login(Credentials(header), from: request.origin.address)
        case "refresh_token":
            login = try await authenticator.login(
                refresh: wanted["refresh_token"] ?? "", from: request.origin.address)
        case let type?:
            throw RegistryError(.requestInvalid, "grant_type \(type) is not supported; password and refresh_token are")
        }
        guard !login.caller.isBearer else {
            throw RegistryError(.requestInvalid, "a token is not given for a token; log in with Basic")
        }
        findings.user = login.caller.user
        let scope = try await registry.grantable(try scope(wanted), to: login.caller)
        let isOffline = wanted["offline_token"] == "true" || wanted["access_type"] == "offline"
        var issued = try await authenticator.issue(scope, to: login, isOffline: isOffline)
        // Whoever goes on with a refresh token keeps it.
        if wanted["grant_type"] == "refresh_token" { issued.refreshToken = wanted["refresh_token"] }
        return response(issued, scope)
    }

    private func response(_ issued: IssuedToken, _ scope: Scope) -> Response {
        var json = JSONWriter()
        json.object { json in
            json.field("token", issued.token)
            json.field("access_token", issued.token)
            json.field("token_type", "Bearer")
            json.field("expires_in", issued.lifetime.components.seconds)
            json.field("scope", scope.texts.joined(separator: " "))
            if let token = issued.refreshToken { json.field("refresh_token", token) }
        }
        // RFC 6749, section 5.1.
        return Response(.ok, ["Cache-Control": "no-store"], json: json.buffer)
    }

    /// What is asked for and means something here. What does not is not granted, and is no error: clients ask for what other
    /// registries have.
    private func scope(_ wanted: Query) throws -> Scope {
        var scope = Scope()
        for text in wanted.all("scope").flatMap({ $0.split(separator: " ") }) {
            _ = scope.add(text)
        }
        guard scope.entries.count <= Self.mostScopes else {
            throw RegistryError(.requestInvalid, "a token speaks of \(Self.mostScopes) repositories at most")
        }
        return scope
    }

    private func form(_ request: Request) async throws -> Query {
        guard request.mediaType?.lowercased() == "application/x-www-form-urlencoded" else {
            throw RegistryError(.requestInvalid, "expected a form: application/x-www-form-urlencoded")
        }
        var content = ByteBuffer()
        for try await var buffer in request.body {
            content.writeBuffer(&buffer)
            guard content.readableBytes <= Self.largestForm else {
                throw RegistryError(.requestInvalid, "the form is over \(Self.largestForm) bytes")
            }
        }
        return Query(String(buffer: content)[...], isForm: true)
    }

    func keySet(_ request: Request) throws -> Response {
        guard authenticator.settings.tokenLifetime != nil else { throw Route.unknown(request.path) }
        return Response(
            .ok, ["Cache-Control": "max-age=300"], json: ByteBuffer(bytes: try authenticator.keySet),
            type: "application/jwk-set+json")
    }
}
