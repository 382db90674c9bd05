import FoundationEssentials
import RegistryCore

/// What providers see of the world: environment, files, HTTP, the clock.
struct Surroundings: Sendable {
    /// An HTTP request to a service that hands out credentials.
    struct Request: Sendable, Hashable {
        var method: String
        var url: String
        var headers: [String: String] = [:]
        var body: [UInt8] = []
        /// For the whole exchange.
        var timeout = Duration.seconds(5)
    }
    struct Answer: Sendable, Hashable {
        var status: Int
        var body: [UInt8]
    }

    var environment: [String: String]
    /// A file's content; nil: there is none.
    var readFile: @Sendable (String) throws -> [UInt8]?
    /// Follows no redirects and uses no proxy: both could lead secrets astray.
    var send: @Sendable (Request) async throws -> Answer
    var now: @Sendable () -> Timestamp
    var pause: @Sendable (Duration) async throws -> Void

    init(
        environment: [String: String],
        readFile: @escaping @Sendable (String) throws -> [UInt8]?,
        send: @escaping @Sendable (Request) async throws -> Answer,
        now: @escaping @Sendable () -> Timestamp,
        pause: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.environment = environment
        self.readFile = readFile
        self.send = send
        self.now = now
        self.pause = pause
    }

    /// The process's own.
    static func process(send: @escaping @Sendable (Request) async throws -> Answer) -> Surroundings {
        Surroundings(
            environment: ProcessInfo.processInfo.environment,
            readFile: { path in
                do {
                    return try [UInt8](Data(contentsOf: URL(filePath: path)))
                } catch let error as CocoaError where error.code == .fileReadNoSuchFile {
                    return nil
                }
            },
            send: send,
            now: { .now },
            pause: { try await Task.sleep(for: $0) }
        )
    }

    /// A variable; nil: not set, or empty.
    subscript(_ variable: String) -> String? {
        environment[variable].flatMap { $0.isEmpty ? nil : $0 }
    }

    func isTrue(_ variable: String) -> Bool {
        self[variable]?.lowercased() == "true"
    }

    /// A path with `~/` in front taken as the home folder; nil: there is none, and the path needs it.
    func path(_ path: String) -> String? {
        guard path.hasPrefix("~/") else { return path }
        return self["HOME"].map { $0 + path.dropFirst(1) }
    }
}

extension Surroundings {
    /// A token that somebody keeps up to date in a file, without the white space around it.
    func token(at path: String, named variable: String) throws(CredentialError) -> String {
        let bytes: [UInt8]?
        do {
            bytes = try readFile(path)
        } catch {
            throw CredentialError(.misconfigured, "cannot read \(path), which \(variable) names", cause: error)
        }
        guard let bytes else {
            throw CredentialError(.misconfigured, "there is no file \(path), which \(variable) names")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw CredentialError(.misconfigured, "\(path), which \(variable) names, is not text")
        }
        let token = text.split(whereSeparator: \.isWhitespace)
        guard token.count == 1 else {
            let problem = token.isEmpty ? "is empty" : "holds more than one word"
            throw CredentialError(.misconfigured, "\(path), which \(variable) names, \(problem)")
        }
        return String(token[0])
    }

    /// Sends a request, and again when the service is not reachable, has a fault of its own or asks for patience.
    ///
    /// - Returns: an answer with any other status, or the last one.
    func send(_ request: Request, attempts: Int, as what: String) async throws -> Answer {
        var delay = Duration.milliseconds(200)
        for attempt in 1... {
            do {
                let answer = try await send(request)
                guard attempt < attempts, answer.status == 429 || answer.status >= 500 else { return answer }
            } catch let error as CancellationError {
                throw error
            } catch {
                guard attempt < attempts else {
                    throw CredentialError(.unavailable, "\(what) at \(request.url) is not reachable", cause: error)
                }
            }
            try await pause(delay)
            delay *= 2
        }
        throw CancellationError()
    }
}
