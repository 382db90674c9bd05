import Foundation
import Testing

/// Random operations of several clients, beside collections, migrations and crashes, compared with a model of what there has to
/// be. Whatever a manifest was taken with is there, byte for byte, and in the end nothing else is.
///
/// `REGISTRYD_MODEL_OPERATIONS` says how many operations; `REGISTRYD_MODEL_SEED` repeats a run.
@Suite(.serialized)
struct ModelTests {
    private static let operations = number("REGISTRYD_MODEL_OPERATIONS") ?? 400
    private static let seed = number("REGISTRYD_MODEL_SEED") ?? Int.random(in: 0..<1_000_000_000)

    private static func number(_ name: String) -> Int? {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) }
    }

    @Test(arguments: ModelPlace.allCases)
    func `what clients were told is so, whatever happens beside them, and nothing else is left`(
        _ place: ModelPlace
    ) async throws {
        let directory = try TemporaryDirectory()
        let backends = try await place.backends(in: directory)
        let seed = UInt64(Self.seed)
        print("REGISTRYD_MODEL_SEED=\(seed) for several clients \(place.testDescription)")
        try await blocking {
            let count = 4
            let registry = try ModelRegistry(
                backends, interval: ["30ms", "200ms", "1s", "never"][Self.seed % 4], directory: directory)
            let contents = ModelContents(seed: seed)
            let ended = Counter()
            let threads = (0..<count).map { number in
                Background { () -> Set<String> in
                    defer { ended.add() }
                    let client = ModelClient(number, registry, contents, seed: seed, isAlone: false)
                    try client.run(Self.operations / count)
                    try client.readAll()
                    return client.model.state.needed
                }
            }
            var conductor = ModelConductor(registry, seed: seed)
            let conducted = Result { try conductor.run { ended.value == count } }
            let live = threads.map { thread in Result { try thread.join() } }
            var needed: Set<String> = []
            for outcome in live {
                do {
                    needed.formUnion(try outcome.get())
                } catch {
                    Issue.record("seed \(seed), \(error)")
                }
            }
            try conducted.get()
            guard live.allSatisfy({ (try? $0.get()) != nil }) else { return }
            #expect(!needed.isEmpty, "seed \(seed)")
            let kills = registry.history.filter { $0.contains("kill") }.count
            let wrong = try registry.census(live: needed, orphans: 10 * kills)
            #expect(wrong == [], "seed \(seed)\n\(registry.history.joined(separator: "\n"))")
        }
    }

    /// One client, and nothing beside it: from the same seed the same run, to the end.
    @Test(arguments: ModelPlace.allCases)
    func `what one client alone was told is exact, and its seed repeats it`(_ place: ModelPlace) async throws {
        let directory = try TemporaryDirectory()
        let backends = try await place.backends(in: directory)
        let seed = UInt64(Self.seed)
        print("REGISTRYD_MODEL_SEED=\(seed) for one client \(place.testDescription)")
        try await blocking {
            let registry = try ModelRegistry(backends, interval: "never", directory: directory)
            let client = ModelClient(0, registry, ModelContents(seed: seed), seed: seed, isAlone: true)
            var conductor = ModelConductor(registry, seed: seed)
            for _ in 0..<max(1, Self.operations / 40) {
                for _ in 0..<10 { try client.actTraced() }
                if try conductor.actAlone() == .collect { try client.wasCollected() }
            }
            try client.readAll()
            let wrong = try registry.census(live: client.model.state.needed, orphans: 0)
            #expect(wrong == [], "seed \(seed)\n\(registry.history.joined(separator: "\n"))")
            try client.wasCollected()
            try client.readAll()
        }
    }
}
