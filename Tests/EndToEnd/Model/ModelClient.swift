import Glibc

/// A client with repositories of its own, which does what its generator says and compares every answer with its model.
final class ModelClient {
    let registry: ModelRegistry
    let contents: ModelContents
    let repositories: [String]
    var random: ModelGenerator
    var model: Model
    /// All that it ever made, by their digests.
    var manifests: [String: Manifest] = [:]
    /// Sessions that it may go on with.
    var uploads: [ModelUpload] = []
    /// Its connection, if it has one.
    var client: Client?
    private let number: Int
    /// Collections that were the same to everybody, and that it has heard of.
    private var collections = 0
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
        defer { registry.stillness.leave() }
        for _ in 0..<operations {
            let collections = try registry.stillness.pass()
            if collections > self.collections { try wasCollected(untagged: true) }
            self.collections = collections
            try actTraced()
        }
    }

    /// One of what clients do.
    func actTraced() throws {
        try traced { try act() }
        registry.progress.add()
    }

    /// Should it fail, what came before is told with the error.
    func traced(_ body: () throws -> Void) throws {
        do {
            try body()
        } catch {
            throw ModelFailure(
                number: number, error: error, trace: trace, history: registry.history,
                log: registry.lastWords)
        }
    }

    func note(_ what: String) {
        // The beginning of a digest is enough to know it by.
        trace.append(what.replacing(#/(sha256|sha512):([0-9a-f]{12})[0-9a-f]+/#) { "\($0.1):\($0.2)" })
        // Whoever waits for something asks many times, and is told the same.
        if trace.count >= 4, trace.suffix(2) == trace.dropLast(2).suffix(2) { trace.removeLast(2) }
        if trace.count > 60 { trace.removeFirst() }
    }

    /// The registry was left to itself, and collected what it should.
    func wasCollected(untagged: Bool) throws {
        note("a collection\(untagged ? " of what is untagged, too" : "")")
        try model.note(.collect(untagged: untagged), .done)
    }

    /// The registry is as it was when the model was so. What came of sessions nobody needs to know.
    func goBack(to model: Model) {
        note("everything as it was")
        self.model = model
        uploads = []
    }
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
