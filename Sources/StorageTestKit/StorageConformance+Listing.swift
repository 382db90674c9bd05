import NIOCore
import RegistryCore

extension StorageConformance {
    static let listing: [ConformanceCase] = [
        ConformanceCase("lists nothing where nothing is") { fixture in
            try await fixture.make().expectEmpty()
        },
        ConformanceCase("lists objects in the order of their keys, with their sizes") { fixture in
            let storage = try await fixture.make()
            let objects = try await fill(storage, 40)
            try expect(try await storage.allObjects(), is: objects, "the list of objects")
        },
        ConformanceCase("lists objects after any key") { fixture in
            let storage = try await fixture.make()
            let objects = try await fill(storage, 20)
            for (index, object) in objects.enumerated() {
                let rest = try await storage.allObjects(after: object.key)
                try expect(rest, is: Array(objects[(index + 1)...]), "the list after \(object.key)")
            }
            try expect(try await storage.allObjects(after: ObjectKey("0")), is: objects, "the list after the least key")
            try expect(try await storage.allObjects(after: ObjectKey("z")), is: [], "the list after the greatest key")
        },
        ConformanceCase("lists no uploads") { fixture in
            let storage = try await fixture.make()
            let content = content(500_000)
            _ = try await storage.patch(content, plan(content))
            let upload = try await storage.upload(plan(content))
            try await upload.append(content)
            try await storage.expectEmpty()
            try await upload.abort()
        },
        ConformanceCase("lists what was there throughout, once, while objects come and go") { fixture in
            let storage = try await fixture.make()
            let objects = try await fill(storage, 30)
            let doomed = objects[29]
            var seen: [StoredObject] = []
            for try await object in storage.objects(after: nil) {
                seen.append(object)
                _ = try await storage.push(content(10, seed: UInt64(1000 + seen.count)))
                if seen.count == 5 { _ = await storage.delete([doomed.key]) }
                if seen.count > 1000 { break }
            }
            let lasting = Set(objects.dropLast())
            try expect(seen.filter(lasting.contains), is: objects.dropLast(), "what was there throughout")
            try expect(seen == seen.sorted { $0.key < $1.key }, "ascending order")
            try expect(Set(seen.map(\.key)).count, is: seen.count, "the number of distinct keys")
        },
    ]

    private static func fill(_ storage: any BlobStorage, _ count: Int) async throws -> [StoredObject] {
        var objects: [StoredObject] = []
        for seed in 0..<count { objects.append(try await storage.push(content(100 + seed, seed: UInt64(seed)))) }
        return objects.sorted { $0.key < $1.key }
    }
}
