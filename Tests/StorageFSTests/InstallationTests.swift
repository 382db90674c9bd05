import Foundation
import RegistryCore
import Testing

@testable import StorageFS

/// Which storage a folder is.
struct InstallationTests {
    private let disk: Disk

    init() throws { disk = try Disk() }

    private func open(_ installation: String?) throws -> FileStorage {
        try FileStorage(root: disk.root, logger: .quiet, exclusive: false, installation: installation)
    }

    @Test func `a new one gets the id that it is to have, and keeps it`() throws {
        let (id, other) = (UploadID().description, UploadID().description)
        let made = StorageInstallation(id: id, place: disk.root + "/registryd-storage")
        for wanted in [id, other, nil] { #expect(try open(wanted).installation == made) }
    }

    @Test func `where one has to be, none is made`() throws {
        let error = #expect(throws: StorageError.self) { try open(nil) }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("Is it mounted?") == true)
        #expect(!FileManager.default.fileExists(atPath: disk.root))
        try disk.makeFolder("")
        #expect(throws: StorageError.self) { try open(nil) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: disk.root) == [])
    }

    @Test func `a marker that was not finished keeps nobody from making the same one`() throws {
        let id = UploadID().description
        try disk.write("registryd fi", to: "/registryd-storage.\(id)")
        #expect(try open(id).installation?.id == id)
    }
}
