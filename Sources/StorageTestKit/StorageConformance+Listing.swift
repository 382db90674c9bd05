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
        ConformanceCase("keeps the key of a plan that has the digest") { fixture in
            let storage = try await fixture.make()
            // Of one part on S3, and of several.
            let contents = [content(1000), content(11 << 20, seed: 2)]
            var snapshots: [StoredObject] = []
            for (index, content) in contents.enumerated() {
                var plan = plan(content)
                plan.key = ObjectKey("backups/20261123T09300\(index)Z.\(plan.id)")
                let upload = try await storage.upload(plan)
                try await upload.append(content, piece: 256 << 10)
                let object = try await upload.commit(as: digest(of: content))
                try expect(object.key, is: plan.key, "the key of the object")
                snapshots.append(object)
            }
            let blobs = try await fill(storage, 3)
            for (object, content) in zip(snapshots, contents) { try await expect(storage, holds: content, at: object) }
            try expect(try await storage.allObjects(), is: snapshots + blobs, "the list of objects")
            try expect(
                try await storage.allObjects(after: snapshots[0].key), is: snapshots[1...] + blobs,
                "the list after \(snapshots[0].key)")
            try expect(await storage.delete(snapshots.map(\.key)).isEmpty, "no failure of the deletion")
            for object in snapshots { try await storage.expectMissing(object) }
            try expect(try await storage.allObjects(), is: blobs, "the list without the snapshots")
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
