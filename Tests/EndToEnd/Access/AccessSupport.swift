import Foundation
import Testing

extension Server {
    /// Runs a command on this server's data, as an operator would beside the running server: what it printed.
    @discardableResult
    func command(_ arguments: String..., input: String = "") throws -> String {
        let result = try uncheckedCommand(arguments, input: input)
        guard result.exit == .code(0) else { throw CommandFailed(result: result) }
        return result.line
    }

    func uncheckedCommand(_ arguments: [String], input: String = "") throws -> ProcessResult {
        let script = #"printf '%s\n' "$COMMAND_INPUT" | exec "$@""#
        let command = [try Server.built("registryd")] + arguments + ["--data", data]
        return try runUnchecked("sh", ["-c", script, "sh"] + command, environment: ["COMMAND_INPUT": input])
    }

    func addUser(_ name: String) throws {
        try command("user", "add", name, "--password-stdin", input: password(name))
    }

    /// The audit log's lines.
    func audit() throws -> [[String: String]] {
        guard FileManager.default.fileExists(atPath: data + "/audit.log") else { return [] }
        let text = String(decoding: try contents(of: data + "/audit.log"), as: UTF8.self)
        return try text.split(separator: "\n").map { line in
            try JSONDecoder().decode([String: String?].self, from: Data(line.utf8)).compactMapValues { $0 }
        }
    }
}

/// Every user's, in these tests.
func password(_ user: String) -> String { "\(user)'s secret" }

func basic(_ user: String, _ secret: String? = nil) -> [(String, String)] {
    let pair = "\(user):\(secret ?? password(user))"
    return [("Authorization", "Basic \(Data(pair.utf8).base64EncodedString())")]
}

func bearer(_ token: String) -> [(String, String)] { [("Authorization", "Bearer \(token)")] }

/// For a server that trusts 127.0.0.1 as a proxy: makes a request come from an address that no other came from, so that it is
/// not slowed down for the others' failures.
func anotherAddress() -> [(String, String)] {
    addresses.add()
    let number = addresses.value
    return [("X-Forwarded-For", "10.\(number >> 16 & 255).\(number >> 8 & 255).\(number & 255)")]
}

private let addresses = Counter()

struct TokenAnswer: Decodable {
    var token: String
    var refreshToken: String?
    var scope: String

    enum CodingKeys: String, CodingKey {
        case token, scope
        case refreshToken = "refresh_token"
    }
}

extension Client {
    /// A token for these scopes; `credentials` are headers.
    func token(
        _ scopes: [String], _ credentials: [(String, String)], query: String = ""
    ) throws -> TokenAnswer {
        let wanted = scopes.map { "&scope=\($0)" }.joined()
        let response = try get("/token?service=registryd\(wanted)\(query)", credentials)
        guard response.status == 200 else { throw UnexpectedResponse(what: "no token", response: response) }
        return try JSONDecoder().decode(TokenAnswer.self, from: Data(response.body))
    }
}

/// One user's way to a server: its own connection, and what it sends with every request.
final class Caller {
    let name: String
    let client: Client
    let headers: [(String, String)]

    init(_ name: String, _ client: Client, _ headers: [(String, String)] = []) {
        self.name = name
        self.client = client
        self.headers = headers
    }

    func request(
        _ method: String, _ target: String, _ more: [(String, String)] = [], body: [UInt8]? = nil
    ) throws -> HTTPResponse {
        try client.request(method, target, headers + more, body: body)
    }

    /// The same, that must be answered so.
    @discardableResult
    func expect(
        _ status: Int, _ method: String, _ target: String, _ more: [(String, String)] = [], body: [UInt8]? = nil
    ) throws -> HTTPResponse {
        let response = try request(method, target, more, body: body)
        guard response.status == status else {
            throw UnexpectedResponse(what: "\(name): \(method) \(target) is not \(status)", response: response)
        }
        return response
    }

    @discardableResult
    func pushBlob(_ content: [UInt8], to repository: String) throws -> String {
        let digest = sha256(content)
        try expect(201, "POST", "/v2/\(repository)/blobs/uploads/?digest=\(digest)", body: content)
        return digest
    }

    func pushManifest(_ manifest: Manifest, to repository: String, as reference: String) throws {
        try expect(
            201, "PUT", "/v2/\(repository)/manifests/\(reference)", [("Content-Type", manifest.mediaType)],
            body: manifest.content)
    }

    /// A small image: its manifest, and its layer's content.
    @discardableResult
    func pushImage(to repository: String, as tag: String) throws -> (manifest: Manifest, layer: [UInt8]) {
        let (config, layer) = (Array("{}".utf8), randomBytes(1000))
        try pushBlob(config, to: repository)
        try pushBlob(layer, to: repository)
        let manifest = Manifest.image(config: config, layers: [layer])
        try pushManifest(manifest, to: repository, as: tag)
        return (manifest, layer)
    }

    /// Opens an upload session: its path.
    func startUpload(_ repository: String) throws -> String {
        let response = try expect(202, "POST", "/v2/\(repository)/blobs/uploads/")
        return try #require(response.location)
    }
}
