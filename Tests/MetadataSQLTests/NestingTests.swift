import RegistryCore
import Testing

@testable import MetadataSQL

@Suite struct NestingTests {
    /// An index of these manifests.
    private func index(_ number: Int, of children: [Int]) throws -> NewManifest {
        try manifest(number, try children.map { .init(.manifest, try digest($0), required: true) })
    }

    /// Stores an index, whether what it lists is there or not.
    private func put(_ number: Int, of children: [Int], in store: SQLiteStore) async throws -> ManifestCommit {
        let index = try index(number, of: children)
        return try await store.putManifest(
            index, as: .digest(index.digest), tags: [try tag("t\(number)")], in: try name("app"), allowMissing: true,
            expecting: nil, at: time(1))
    }

    /// Stores indexes of which each lists the one before it.
    private func chain(_ numbers: ClosedRange<Int>, in store: SQLiteStore) async throws {
        for number in numbers { #expect(try await put(number, of: [number - 1], in: store) == .stored) }
    }

    @Test func `indexes list each other so deep and no deeper, and what is refused leaves nothing`() async throws {
        try await withStore { store in
            let app = try name("app")
            try await store.put(manifest(100), in: app)
            try await chain(101...108, in: store)
            for children in [[108], [100, 108, 101]] {
                #expect(try await put(109, of: children, in: store) == .tooNested(.deep))
            }
            #expect(try !store.hasManifest(digest(109), in: app))
            #expect(try store.manifest(.tag(tag("t109")), in: app) == nil)
            // Beside them there is room, and in other repositories.
            #expect(try await put(109, of: [107, 100], in: store) == .stored)
            #expect(try await store.put(index(110, of: [108]), in: name("other")) == .missing([digest(108)]))
        }
    }

    @Test func `it is the same from above, and in the middle`() async throws {
        try await withStore { store in
            for number in (102...108).reversed() {
                #expect(try await put(number, of: [number - 1], in: store) == .stored)
            }
            // The eighth level is there when it is named.
            #expect(try await put(101, of: [100], in: store) == .stored)
            #expect(try await put(100, of: [99], in: store) == .tooNested(.deep))
            #expect(try await put(100, of: [], in: store) == .stored)

            try await chain(201...204, in: store)
            try await chain(206...209, in: store)
            #expect(try await put(205, of: [204], in: store) == .tooNested(.deep))
            #expect(try await put(205, of: [203], in: store) == .stored)
            // What is deleted does not count, until it comes again.
            #expect(try await store.deleteManifest(digest(205), in: name("app")))
            #expect(try await put(210, of: [209], in: store) == .stored)
            #expect(try await put(205, of: [203], in: store) == .tooNested(.deep))
            #expect(try await put(205, of: [202], in: store) == .stored)
        }
    }

    @Test func `subjects and blobs are no levels`() async throws {
        try await withStore { store in
            let app = try name("app")
            try await store.put(manifest(100), in: app)
            for number in 101...120 {
                let about = try manifest(number, [.init(.subject, try digest(number - 1), required: false)])
                #expect(try await store.put(about, in: app) == .stored)
            }
            try await chain(121...128, in: store)
            let artifact = try manifest(129, [.init(.blob, try digest(128), required: false)])
            #expect(try await store.put(artifact, in: app) == .stored)
        }
    }

    @Test func `what an older release took can be pushed again, and only nothing deeper`() async throws {
        try await withStore { store in
            try await chain(101...108, in: store)
            #expect(try await put(109, of: [208], in: store) == .stored)
            let sql =
                "UPDATE manifest_references SET digest = '\(try digest(108))' WHERE digest = '\(try digest(208))'"
            try await store.write("joining") { try $0.run(sql) }
            #expect(try await put(109, of: [108], in: store) == .stored)
            #expect(try await put(101, of: [100], in: store) == .stored)
            #expect(try await put(110, of: [109], in: store) == .tooNested(.deep))
            #expect(try await put(101, of: [100, 99], in: store) == .tooNested(.deep))
        }
    }

    @Test func `the indexes below one may have so many entries, and its own do not count`() async throws {
        try await withStore { store in
            let most = IndexNesting.entries
            let broad = try await put(1, of: Array(1000..<(1000 + most)), in: store)
            #expect(broad == .stored)
            #expect(try await put(2, of: [3], in: store) == .stored)
            #expect(try await put(4, of: [1], in: store) == .stored)
            #expect(try await put(5, of: [1, 2], in: store) == .tooNested(.wide))
            #expect(try await put(5, of: [1, 3], in: store) == .stored)
            // However far below they are.
            #expect(try await put(6, of: [4], in: store) == .tooNested(.wide))
        }
    }

    @Test func `an index that many list is looked at once`() async throws {
        try await withStore { store in
            try await chain(1...1, in: store)
            for level in 1...6 {
                // A million ways lead from the top to the bottom.
                let below = level == 1 ? [1] : (0..<10).map { (level - 1) * 10 + $0 }
                for number in 0..<10 { #expect(try await put(level * 10 + number, of: below, in: store) == .stored) }
            }
            #expect(try await put(2, of: (60..<70).map(\.self), in: store) == .stored)
            #expect(try await put(3, of: [2], in: store) == .tooNested(.deep))
        }
    }
}
