import Glibc

/// A client with repositories of its own, which does what its generator says and compares every answer with its model.
final class ModelClient {
    let registry: ModelRegistry
    let contents: ModelContents
    let repositories: [String]
    var random: ModelGenerator
    private(set) var model: Model
    /// All that it ever made, by their digests.
    var manifests: [String: Manifest] = [:]
    /// Sessions that it may go on with.
    var uploads: [ModelUpload] = []
    private var client: Client?
    private let number: Int
    /// Its last operations and their answers, for whoever wants to know how something came.
    private var trace: [String] = []

    init(_ number: Int, _ registry: ModelRegistry, _ contents: ModelContents, seed: UInt64, isAlone: Bool) {
        self.number = number
        self.registry = registry
        self.contents = contents
        repositories = ["one", "two", "three"].map { "client\(number)/\($0)" }
        random = ModelGenerator(seed: seed, stream: number)
        model = Model(isAlone: isAlone)
    }

    func run(_ operations: Int) throws {
        for _ in 0..<operations { try actTraced() }
    }

    /// One of what clients do.
    func actTraced() throws {
        do {
            try act()
        } catch {
            throw ModelFailure(
                number: number, error: error, trace: trace, history: registry.history,
                log: registry.lastWords)
        }
        registry.progress.add()
    }

    /// Does it, unless the server was ended meanwhile: nil.
    func unlessCutOff<T>(_ what: String, _ body: (Client) throws -> T) throws -> T? {
        note(what)
        let before = registry.disturbances
        do {
            let port = registry.server.port
            let current = client.flatMap { $0.port == port ? $0 : nil } ?? Client(port: port)
            client = current
            return try body(current)
        } catch  where error is ConnectionClosed || error is SystemError {
            guard registry.wasDisturbed(since: before) else { throw error }
            client = nil
            note("cut off")
            try registry.waitUntilUp()
            return nil
        }
    }

    /// Does it, and tells the model of the answer. nil: there was none, but it is known what came of it.
    @discardableResult
    func attempt(_ operation: ModelOperation, _ request: (Client) throws -> ModelAnswer) throws -> ModelAnswer? {
        guard let answer = try unlessCutOff("\(operation)", request) else {
            model.cutOff(operation)
            try settle(operation)
            return nil
        }
        note("  \(answer)")
        try model.note(operation, answer)
        return answer
    }

    private func note(_ what: String) {
        // The beginning of a digest is enough to know it by.
        trace.append(what.replacing(#/(sha256:[0-9a-f]{12})[0-9a-f]{52}/#) { "\($0.1)" })
        if trace.count > 60 { trace.removeFirst() }
    }

    /// Looks whether an operation that was cut off has happened.
    private func settle(_ operation: ModelOperation) throws {
        guard let name = operation.repository else { return }
        // A read may be cut off, too.
        for _ in 0..<Self.looks where model.isInDoubt {
            switch operation {
            case .pushBlob(let blob, _), .mountBlob(let blob, _, _), .deleteBlob(let blob, _):
                try readBlob(blob, in: name)
            case .pushManifest(let manifest, _, let tag):
                try readManifest(manifest.digest, in: name)
                if let tag { try readTag(tag, in: name) }
            case .deleteManifest(let digest, _):
                try readManifest(digest, in: name)
            case .deleteTag(let tag, _):
                try readTag(tag, in: name)
            case .readBlob, .readTag, .readManifest, .listTags, .collect:
                return
            }
        }
        if model.isInDoubt { throw NeverHappened(description: "no answer tells what came of \(operation)") }
    }

    private static let looks = 20

    /// The registry was left to itself, and collected what it should.
    func wasCollected() throws { try model.note(.collect, .done) }
}

/// What went wrong, and what came before.
struct ModelFailure: Error, CustomStringConvertible {
    var number: Int
    var error: any Error
    var trace: [String]
    var history: [String]
    var log: String

    var description: String {
        """
        client \(number): \(error)
        Before that:
        \(trace.joined(separator: "\n"))
        Beside it:
        \(history.suffix(15).joined(separator: "\n"))
        The server's log:
        \(log)
        """
    }
}
