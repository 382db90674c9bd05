import Logging
import NIOCore
import RegistryCore
import Synchronization

@testable import StorageS3

/// A server that answers from a script, one line for each request.
final class ScriptedTransport: HTTPTransport {
    struct Reply: Sendable {
        var status = 200
        var headers: TransportHeaders = [:]
        var body = ""
        /// What happens instead of a response.
        var error: TransportError.Code?
        /// What happens after the body.
        var drops = false
    }

    private struct State {
        var replies: [Reply]
        var requests: [TransportRequest] = []
    }
    private let state: Mutex<State>

    init(_ replies: [Reply]) { state = Mutex(State(replies: replies)) }

    var requests: [TransportRequest] { state.withLock { $0.requests } }
    var methods: [String] { requests.map(\.method) }
    var isDone: Bool { state.withLock { $0.replies.isEmpty } }

    func send(_ request: TransportRequest) async throws(TransportError) -> TransportResponse {
        let reply = state.withLock { state -> Reply? in
            state.requests.append(request)
            return state.replies.isEmpty ? nil : state.replies.removeFirst()
        }
        guard let reply else { throw TransportError(.invalidRequest, "the script has no answer to \(request.name)") }
        if let code = reply.error { throw TransportError(code, "as scripted") }
        let exchange = Exchange(request, try Mailbox(), lowWater: 0)
        let body = reply.body.isEmpty ? [] : [ByteBuffer(string: reply.body)]
        let end: Result<Void, TransportError> =
            reply.drops ? .failure(TransportError(.connectionLost, "dropped")) : .success(())
        exchange.finish(Exchange.Head(status: reply.status, headers: reply.headers), body, end)
        return TransportResponse(status: reply.status, headers: reply.headers, body: TransportBody(of: exchange))
    }
}

extension ScriptedTransport.Reply {
    static func ok(_ body: String = "", _ headers: TransportHeaders = [:]) -> Self {
        Self(headers: headers, body: body)
    }

    /// To a PutObject.
    static let stored = Self.ok("", ["ETag": "\"e\""])

    static func failed(_ error: TransportError.Code) -> Self { Self(error: error) }

    static func refused(_ status: Int, _ code: String, _ headers: TransportHeaders = [:], _ more: String = "") -> Self {
        Self(status: status, headers: headers, body: document(code, more))
    }

    /// A status of 200 with an error in its body.
    static func masked(_ code: String) -> Self { Self(body: document(code, "")) }

    static func size(_ size: Int) -> Self { Self(headers: ["Content-Length": "\(size)"]) }

    private static func document(_ code: String, _ more: String) -> String {
        "<Error><Code>\(code)</Code><Message>as scripted</Message><RequestId>R1</RequestId>\(more)</Error>"
    }
}

/// A clock that pauses move.
final class ScriptedTime: Sendable {
    private struct State {
        var elapsed = Duration.zero
        var pauses: [Duration] = []
    }
    private let state = Mutex(State())
    let start = Timestamp(milliseconds: 1_700_000_000_000)

    var pauses: [Duration] { state.withLock { $0.pauses } }

    func pass(_ duration: Duration) { state.withLock { $0.elapsed += duration } }

    /// `random`: what chance comes to.
    func time(random: Double = 1) -> ClientTime {
        ClientTime(
            now: { [start] in start },
            elapsed: { self.state.withLock { $0.elapsed } },
            pause: { duration in
                try Task.checkCancellation()
                self.state.withLock { state in
                    state.elapsed += duration
                    state.pauses.append(duration)
                }
            },
            random: { random }
        )
    }
}

/// A client over a script.
struct ScriptedClient {
    let transport: ScriptedTransport
    let time = ScriptedTime()
    let client: S3Client

    init(
        _ replies: ScriptedTransport.Reply...,
        endpoint: String = "http://127.0.0.1:9000",
        random: Double = 1,
        change: (inout S3Client.Options) -> Void = { _ in }
    ) throws {
        transport = ScriptedTransport(replies)
        var options = S3Client.Options()
        change(&options)
        let credentials = Credentials(accessKeyID: "ID", secretAccessKey: "secret")
        let chain = CredentialChain([StaticCredentials(credentials: credentials)], World().surroundings, logger: quiet)
        client = S3Client(
            Place(address: try BucketAddress(Endpoint(endpoint), bucket: "bucket"), region: "us-east-1"),
            chain,
            transport,
            options: options,
            time: time.time(random: random),
            logger: quiet
        )
    }

    /// The error of `body`.
    func failure(_ body: (S3Client) async throws -> Void) async -> S3Error? {
        do {
            try await body(client)
            return nil
        } catch {
            return error as? S3Error
        }
    }
}
