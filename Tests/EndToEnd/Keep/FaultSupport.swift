import Foundation
import Testing

extension Server {
    /// A registry whose blobs are in files below `root`.
    static func onFiles(
        _ root: String,
        _ settings: [String] = [],
        admin: Bool = false,
        in directory: TemporaryDirectory
    ) throws -> Server {
        let listener = admin ? ["http.admin-listen=127.0.0.1:0"] : []
        return try Server(
            settings: ["storage={active: disk, backends: {disk: {driver: fs, root: \(root)}}}"] + settings + listener,
            listeners: admin ? 2 : 1, directory: directory)
    }

    /// Lines of the log at level `error`: as many as there are to be, and no more.
    func errorLines(_ count: Int, sourceLocation: SourceLocation = #_sourceLocation) throws -> [Substring] {
        var lines: [Substring] = []
        try eventually("\(count) lines at level error in the log:\n\(log)") {
            lines = log.split(separator: "\n").filter { $0.contains(" error ") }
            return lines.count >= count
        }
        #expect(lines.count == count, "\(log)", sourceLocation: sourceLocation)
        return lines
    }

    /// Reloads, and waits until the server has said what came of it.
    func reload() throws {
        // Bytes: a log may have millions of characters, and they take long to count.
        let before = log.utf8.count
        signal(SIGHUP)
        try eventually("that it has reloaded; the log:\n\(log)") {
            String(decoding: log.utf8.dropFirst(before), as: UTF8.self).contains("configuration reloaded")
        }
    }
}

/// What a client sends to store a blob, in each of the ways that there are: the same request may be sent again.
enum Pushing: String, CaseIterable, Sendable {
    case post, put, patch

    struct Request {
        var method: String
        var target: String
        var headers: [(String, String)] = [("Content-Type", "application/octet-stream")]
        var content: [UInt8]

        func send(_ client: Client) throws -> HTTPResponse {
            try client.request(method, target, headers, body: content)
        }
    }

    /// Opens the session that it takes.
    func request(_ content: [UInt8], to repository: String, _ client: Client) throws -> Request {
        let digest = "digest=\(sha256(content))"
        switch self {
        case .post:
            return Request(method: "POST", target: "/v2/\(repository)/blobs/uploads/?\(digest)", content: content)
        case .put:
            let location = try client.startUpload(repository)
            return Request(method: "PUT", target: adding(digest, to: location), content: content)
        case .patch:
            var request = Request(method: "PATCH", target: try client.startUpload(repository), content: content)
            request.headers.append(("Content-Range", "0-\(content.count - 1)"))
            return request
        }
    }

    /// What is left to do once the request has succeeded.
    func complete(_ request: Request, _ client: Client) throws {
        guard self == .patch else { return }
        expect(try client.finish(request.target, sha256(request.content)), 201)
    }
}

/// Expects an answer that says what is full, and that it passes.
func expectFull(
    _ response: HTTPResponse,
    _ what: String,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    expect(response, 507, "UNAVAILABLE", sourceLocation: sourceLocation)
    let message = response.errors.first?.message ?? ""
    #expect(message.contains(what), "\(response)", sourceLocation: sourceLocation)
    #expect(message.contains("takes pushes again when there is room"), "\(response)", sourceLocation: sourceLocation)
}

/// Expects an answer that says why not now, and when to try again.
func expectUnavailable(
    _ response: HTTPResponse,
    _ why: String,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    expect(response, 503, "UNAVAILABLE", sourceLocation: sourceLocation)
    #expect(response["Retry-After"] != nil, "\(response)", sourceLocation: sourceLocation)
    #expect(response.text.contains(why), "\(response)", sourceLocation: sourceLocation)
}
