import Foundation
import Testing

/// Random operations of several clients, beside collections, migrations, scrubs and crashes, compared with a model of what there
/// has to be. Whatever a manifest was taken with is there, byte for byte, and in the end nothing else is.
///
/// `REGISTRYD_MODEL_OPERATIONS` says how many operations; `REGISTRYD_MODEL_SEED` repeats a run.
@Suite(.serialized)
struct ModelTests {
    private static let operations = number("REGISTRYD_MODEL_OPERATIONS") ?? 400
    private static let seed = number("REGISTRYD_MODEL_SEED") ?? Int.random(in: 0..<1_000_000_000)
    private static let clients = 4

    private static func number(_ name: String) -> Int? {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) }
    }

    @Test(arguments: ModelPlace.allCases)
    func `what clients were told is so, whatever happens beside them, and nothing else is left`(
        _ place: ModelPlace
    ) async throws {
        try await Self.expectNoProblem("several clients", place) { backends, directory, seed in
            let registry = try ModelRegistry(
                backends, interval: ["30ms", "200ms", "1s", "never"][Self.seed % 4], clients: Self.clients,
                directory: directory)
            return try Self.problems(ofSeveralAt: registry, seed)
        }
    }

    /// One client, and nothing beside it: from the same seed the same run, to the end.
    @Test(arguments: ModelPlace.allCases)
    func `what one client alone was told is exact, and its seed repeats it`(_ place: ModelPlace) async throws {
        try await Self.expectNoProblem("one client", place) { backends, directory, seed in
            let registry = try ModelRegistry(backends, interval: "never", clients: 1, directory: directory)
            return try Self.problems(ofOneAt: registry, seed)
        }
    }

    private static func expectNoProblem(
        _ who: String, _ place: ModelPlace,
        _ problems: @escaping @Sendable ([ModelBackend], TemporaryDirectory, UInt64) throws -> [String]
    ) async throws {
        let directory = try TemporaryDirectory()
        let backends = try await place.backends(in: directory)
        let seed = UInt64(Self.seed)
        print("REGISTRYD_MODEL_SEED=\(seed) for \(who) \(place.testDescription)")
        let found = try await blocking {
            do { return try problems(backends, directory, seed) } catch { return ["\(error)"] }
        }
        for problem in found { Issue.record("seed \(seed), \(problem)") }
    }

    private static func problems(ofSeveralAt registry: ModelRegistry, _ seed: UInt64) throws -> [String] {
        let contents = ModelContents(seed: seed)
        let ended = Counter()
        let threads = (0..<clients).map { number in
            Background { () -> Set<String> in
                defer { ended.add() }
                let client = ModelClient(number, registry, contents, seed: seed, isAlone: false)
                try client.run(operations / clients)
                try client.traced { try client.readAll() }
                return client.model.state.needed
            }
        }
        var conductor = ModelConductor(registry, seed: seed)
        let conducted = Result { try conductor.run { ended.value == clients } }
        var live: Set<String> = []
        var problems: [String] = []
        for thread in threads {
            do { live.formUnion(try thread.join()) } catch { problems.append("\(error)") }
        }
        do { try conducted.get() } catch { problems.append("\(error)") }
        guard problems.isEmpty else { return problems }
        guard !live.isEmpty else { return ["no manifest was taken"] }
        let kills = registry.history.filter { $0.contains("kill") }.count
        let wrong = try registry.census(live: live, orphans: 10 * kills)
        return wrong.isEmpty ? [] : [(wrong + registry.history).joined(separator: "\n")]
    }

    private static func problems(ofOneAt registry: ModelRegistry, _ seed: UInt64) throws -> [String] {
        let client = ModelClient(0, registry, ModelContents(seed: seed), seed: seed, isAlone: true)
        var conductor = ModelConductor(registry, seed: seed)
        for _ in 0..<max(1, operations / 40) {
            for _ in 0..<10 { try client.actTraced() }
            try conductor.actAlone(beside: client)
        }
        try client.traced { try client.readAll() }
        let wrong = try registry.census(
            live: client.model.state.needed, orphans: conductor.restored > 0 ? .max : 0)
        guard wrong.isEmpty else { return [(wrong + registry.history).joined(separator: "\n")] }
        try client.wasCollected(untagged: false)
        try client.traced { try client.readAll() }
        return []
    }
}
