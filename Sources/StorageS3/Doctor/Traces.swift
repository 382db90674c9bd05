import RegistryCore

/// What a diagnosis may have left on the server, by the objects' names.
final class Traces: Sendable {
    enum Uploads: Sendable, Hashable {
        case none
        /// A multipart upload may have begun.
        case uncertain
        case begun(String)
        /// And perhaps others.
        case begunAgain(String)
    }
    private let noted = Mutex<[String: Uploads]>([:])

    var all: [(name: String, uploads: Uploads)] {
        noted.withLock { $0.sorted { $0.key < $1.key } }.map { (name: $0.key, uploads: $0.value) }
    }

    func note(_ name: String, _ uploads: Uploads = .none) { noted.withLock { $0[name] = uploads } }
}
