import Testing

@testable import RegistryServer

struct DataFolderTests {
    @Test func `a folder has one server at a time`() throws {
        try withFolder { folder in
            let path = "\(folder)/a/b"
            let first = try DataFolder(path)
            let error = #expect(throws: CommandFailure.self) { try DataFolder(path) }
            #expect(error?.code == .unavailable)
            #expect(error?.message.contains("another registryd") == true)
            withExtendedLifetime(first) {}
        }
    }

    @Test func `a folder is free again when its server is gone`() throws {
        try withFolder { folder in
            _ = try DataFolder(folder)
            _ = try DataFolder(folder)
        }
    }

    @Test func `a folder that cannot be made is named`() throws {
        try withFile("") { file in
            let error = #expect(throws: CommandFailure.self) { try DataFolder("\(file)/data") }
            #expect(error?.message.contains("\(file)/data") == true)
        }
    }
    @Test func `what is no folder is refused, with what to do`() throws {
        try withFile("") { file in
            for body in [{ _ = try DataFolder(file) }, { try DataFolder.make(file) }] {
                let error = #expect(throws: CommandFailure.self) { try body() }
                #expect(error?.message.contains("\(file): Not a directory") == true)
                #expect(error?.message.hasSuffix("choose another: --data") == true)
            }
        }
    }
}
