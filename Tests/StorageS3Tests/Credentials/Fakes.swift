import Logging
import RegistryCore
import Synchronization

@testable import StorageS3

/// A world of a test's own: variables, files, services, and a clock that only the test moves.
final class World: Sendable {
    typealias Service = @Sendable (Surroundings.Request) async throws -> Surroundings.Answer

    private struct State {
        var files: [String: String]
        var service: Service
        var requests: [Surroundings.Request] = []
        var now = Timestamp(milliseconds: 1_700_000_000_000)
        var pauses = 0
    }
    private let state: Mutex<State>
    private let environment: [String: String]

    struct Unreachable: Error {}

    init(
        _ environment: [String: String] = [:],
        files: [String: String] = [:],
        service: @escaping Service = { _ in throw Unreachable() }
    ) {
        self.environment = environment
        state = Mutex(State(files: files, service: service))
    }

    var surroundings: Surroundings {
        Surroundings(
            environment: environment,
            readFile: { path in self.state.withLock { $0.files[path].map { Array($0.utf8) } } },
            send: { request in
                let service = self.state.withLock { state in
                    state.requests.append(request)
                    return state.service
                }
                return try await service(request)
            },
            now: { self.now },
            pause: { _ in self.state.withLock { $0.pauses += 1 } }
        )
    }

    var now: Timestamp { state.withLock { $0.now } }
    var requests: [Surroundings.Request] { state.withLock { $0.requests } }
    var pauses: Int { state.withLock { $0.pauses } }

    func pass(_ seconds: Int64) {
        state.withLock { $0.now = Timestamp(milliseconds: $0.now.milliseconds + seconds * 1000) }
    }

    func serve(_ service: @escaping Service) {
        state.withLock { $0.service = service }
    }

    func write(_ path: String, _ content: String) {
        state.withLock { $0.files[path] = content }
    }
}

func answer(_ status: Int, _ body: String = "") -> Surroundings.Answer {
    Surroundings.Answer(status: status, body: Array(body.utf8))
}

/// `20231114T221320Z` and the like, as services write it.
func isoTime(_ time: Timestamp) -> String {
    let stamp = Array(SigningDate(time).stamp)
    func part(_ range: Range<Int>) -> String { String(stamp[range]) }
    return "\(part(0..<4))-\(part(4..<6))-\(part(6..<8))T\(part(9..<11)):\(part(11..<13)):\(part(13..<15))Z"
}

extension Timestamp {
    func adding(seconds: Int64) -> Timestamp { Timestamp(milliseconds: milliseconds + seconds * 1000) }
}

let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
