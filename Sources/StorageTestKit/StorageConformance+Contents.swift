import NIOCore
import RegistryCore

extension StorageConformance {
    /// What goes in comes out.
    static let contents: [ConformanceCase] =
        sizes.map { size in
            ConformanceCase("keeps a blob of \(size) bytes") { fixture in
                let storage = try await fixture.make()
                let content = content(size)
                let plan = plan(content)
                let object = try await storage.push(content, plan)
                try expect(object.key, is: plan.key, "the key of a blob whose digest was announced")
                try await expect(storage, holds: content, at: object)
            }
        } + [
            ConformanceCase("keeps a sha512 blob") { fixture in
                let storage = try await fixture.make()
                let content = content(10_000)
                let plan = plan(content, .sha512)
                let upload = try await storage.upload(plan)
                try await upload.append(content)
                let object = try await upload.commit(as: digest(of: content, .sha512))
                try expect(object.key, is: plan.key, "the key of a blob whose digest was announced")
                try await expect(storage, holds: content, at: object)
            },
            ConformanceCase("keeps a blob whose digest comes last") { fixture in
                let storage = try await fixture.make()
                let content = content(100_000)
                let plan = UploadPlan(id: UploadID())
                let object = try await storage.push(content, plan)
                let named = UploadPlan(id: plan.id, digest: digest(of: content)).key
                try expect(
                    [plan.key, named].contains(object.key),
                    "the key \(plan.key), or \(named) where the storage can still change it, not \(object.key)"
                )
                try await expect(storage, holds: content, at: object)
                try expect(try await storage.allObjects(), is: [object], "the list of objects")
            },
            ConformanceCase("takes a blob byte by byte") { fixture in
                let storage = try await fixture.make()
                let content = content(20_000)
                try await expect(storage, holds: content, at: try await storage.push(content, piece: 1))
            },
            ConformanceCase("takes a blob in pieces of odd sizes") { fixture in
                let storage = try await fixture.make()
                let content = content(3_000_000)
                for piece in [4095, 16_385, 99_991, 262_145, 1_048_577] {
                    try await expect(storage, holds: content, at: try await storage.push(content, piece: piece))
                }
            },
            ConformanceCase("takes a blob in one large piece, and empty ones around it") { fixture in
                let storage = try await fixture.make()
                let content = content(20 << 20)
                let upload = try await storage.upload(plan(content))
                try await upload.append(ByteBuffer())
                try await upload.append(content)
                try await upload.append(ByteBuffer())
                try await expect(storage, holds: content, at: try await upload.commit(as: digest(of: content)))
            },
            ConformanceCase("reads ranges") { fixture in
                let storage = try await fixture.make()
                let size = 1_000_003
                let content = content(size)
                let object = try await storage.push(content)
                let empty = [0..<0, 7..<7, size..<size]
                for range in [0..<size, 0..<1, size - 1..<size, 4096..<8192, 333_333..<777_777] + empty {
                    let wide = Int64(range.lowerBound)..<Int64(range.upperBound)
                    let bytes = try await collect(try await storage.read(object, wide))
                    try expect(bytes == slice(content, range), "the bytes \(range)")
                }
            },
            ConformanceCase("gives out URLs that work, if it gives out any") { fixture in
                let storage = try await fixture.make()
                let content = content(1_000_003)
                let object = try await storage.push(content)
                guard let url = try await storage.url(object) else { return }
                try expect(url.lifetime > .zero, "a URL that works for some time")
                try expect(try await fixture.fetch(url, nil) == content, "the object at its URL")
                for range in [0..<1, 4096..<70_001, 1_000_002..<1_000_003] {
                    let bytes = try await fixture.fetch(url, Int64(range.lowerBound)..<Int64(range.upperBound))
                    try expect(bytes == slice(content, range), "the bytes \(range) at its URL")
                }
            },
            ConformanceCase("says of an object that was never there that it is missing") { fixture in
                let storage = try await fixture.make()
                try await storage.expectMissing(StoredObject(key: plan(content(5)).key, size: 5))
                try await storage.expectMissing(StoredObject(key: UploadPlan(id: UploadID()).key, size: 0))
            },
            ConformanceCase("keeps two uploads of one digest apart") { fixture in
                let storage = try await fixture.make()
                let content = content(50_000)
                let first = try await storage.push(content)
                let second = try await storage.push(content)
                try expect(first.key != second.key, "two keys")
                try await expect(storage, holds: content, at: first)
                _ = await storage.delete([first.key])
                try await storage.expectMissing(first)
                try await expect(storage, holds: content, at: second)
            },
            ConformanceCase("has its objects after a restart, if it keeps anything") { fixture in
                let storage = try await fixture.make()
                let content = content(300_000)
                let object = try await storage.push(content)
                let reopened = try await fixture.reopen(storage)
                if fixture.isPersistent {
                    try await expect(reopened, holds: content, at: object)
                    try expect(try await reopened.allObjects(), is: [object], "the list of objects")
                } else {
                    try await reopened.expectMissing(object)
                }
            },
            ConformanceCase("is ready") { fixture in
                try await fixture.make().ready()
            },
        ]

    private static let sizes = [
        0, 1, 2, 4095, 4096, 4097, 65_535, 65_536, 65_537, 262_143, 262_144, 262_145, 1_048_575, 1_048_576, 1_048_577,
        5_000_000,
    ]
}
