import NIOCore
import RegistryCore

extension StorageConformance {
    static let concurrency: [ConformanceCase] = [
        ConformanceCase("takes 16 uploads at once") { fixture in
            let storage = try await fixture.make()
            let objects = try await atOnce(16) { seed in
                try await storage.push(content(3_000_000 + seed, seed: UInt64(seed)), piece: 100_000)
            }
            for (seed, object) in objects.enumerated() {
                try await expect(storage, holds: content(3_000_000 + seed, seed: UInt64(seed)), at: object)
            }
            let listed = try await storage.allObjects()
            try expect(listed, is: objects.sorted { $0.key < $1.key }, "the list of objects")
        },
        ConformanceCase("takes 16 uploads of one digest at once") { fixture in
            let storage = try await fixture.make()
            let content = content(500_000)
            let objects = try await atOnce(16) { _ in try await storage.push(content) }
            try expect(Set(objects.map(\.key)).count, is: 16, "the number of distinct keys")
            for object in objects { try await expect(storage, holds: content, at: object) }
        },
        ConformanceCase("reads, writes and deletes at once") { fixture in
            let storage = try await fixture.make()
            _ = try await atOnce(16) { seed in
                for round in 0..<8 {
                    let content = content(70_000 + round, seed: UInt64(seed * 100 + round))
                    let object = try await storage.push(content)
                    try await expect(storage, holds: content, at: object)
                    let failures = await storage.delete([object.key])
                    try expect(failures.isEmpty, "\(object.key) to be deleted")
                    try await storage.expectMissing(object)
                }
            }
            try await storage.expectEmpty()
        },
    ]

    private static func atOnce<T: Sendable>(
        _ count: Int,
        _ body: @escaping @Sendable @concurrent (Int) async throws -> T
    ) async throws -> [T] {
        try await withThrowingTaskGroup(of: (Int, T).self) { group in
            for index in 0..<count { group.addTask { (index, try await body(index)) } }
            var results: [Int: T] = [:]
            for try await (index, result) in group { results[index] = result }
            return (0..<count).compactMap { results[$0] }
        }
    }
}
