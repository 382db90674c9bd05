import GRDB
import NIOCore
import RegistryCore
import Testing

@testable import MetadataSQL

@Suite struct ArgumentsTests {
    /// What a statement with two parameters does with arguments.
    private func taken(_ arguments: Arguments) async throws -> String? {
        var taken: String?
        try await withStore { store in
            taken = try await store.write("reading") { try $0.text("SELECT :first || '-' || :second", arguments) }
        }
        return taken
    }

    @Test func `parameters are found by their names`() async throws {
        #expect(try await taken(["first": "a", "second": "b"]) == "a-b")
        #expect(try await taken(["second": "b", "first": "a"]) == "a-b")
        #expect(try await taken(["first": 1, "second": Int64.min]) == "1--9223372036854775808")
        #expect(try await taken(["first": "a", "second": nil]) == nil)
    }

    @Test(
        arguments: [
            [:], ["first": "a"], ["first": "a", "seconds": "b"], ["first": "a", "secon": "b"],
            ["first": "a", "first": "b"],
            ["first": "a", "second": "b", "third": "c"],
        ] as [Arguments])
    func `others than the statement's are a mistake, and it does not run`(_ arguments: Arguments) async throws {
        await #expect { _ = try await taken(arguments) } throws: {
            "\($0)".contains("the arguments are not the parameters")
        }
    }

    @Test func `a parameter may stand in several places, and bytes are bytes`() async throws {
        try await withStore { store in
            try await store.write("reading") { (db: Database) throws in
                #expect(try db.text("SELECT :it || :it", ["it": "a"]) == "aa")
                #expect(try db.text("SELECT typeof(:it)", ["it": [] as [UInt8]]) == "blob")
                #expect(try db.text("SELECT hex(:it)", ["it": [0, 255] as [UInt8]]) == "00FF")
                #expect(try db.text("SELECT hex(:it)", ["it": ByteBuffer(bytes: [1, 0])]) == "0100")
                #expect(try db.text("SELECT typeof(:it)", ["it": ByteBuffer()]) == "blob")
                #expect(try db.text("SELECT length(:it)", ["it": "a\0b"]) == "1")
            }
        }
    }

    @Test func `nothing stays bound`() async throws {
        try await withStore { store in
            try await store.write("reading") { (db: Database) throws in
                let sql = "SELECT COALESCE(:it, 'nothing')"
                #expect(try db.text(sql, ["it": "a"]) == "a")
                #expect(try db.text(sql, ["it": nil]) == "nothing")
                #expect(try db.text(sql, ["it": "b"]) == "b")
            }
        }
    }

    @Test func `a change is carried out to its end, where SQLite looks at foreign keys, though one row is asked for`()
        async throws
    {
        try await withStore { store in
            await #expect(throws: MetadataError.self) {
                try await store.write("breaking") { db in
                    try db.integer(
                        "INSERT INTO repository_blobs (repository_id, blob_id) VALUES (1000, 1000) RETURNING blob_id")
                }
            }
            let left = try await store.count("repository_blobs")
            #expect(left == 0)
        }
    }

    @Test func `what SQLite refuses is told with its words, and the next statement runs`() async throws {
        try await withStore { store in
            await #expect {
                try await store.write("breaking") { db in
                    try db.run("INSERT INTO repository_blobs (repository_id, blob_id) VALUES (1000, 1000)")
                }
            } throws: {
                "\($0)".contains("breaking in \(store.path) failed")
                    && "\($0)".contains("FOREIGN KEY constraint failed")
            }
            try await store.write("going on") { try $0.run("INSERT INTO marks (name, value) VALUES ('a', 'b')") }
        }
    }
}
