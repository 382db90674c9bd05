import Foundation
import RegistryCore
import Testing

@testable import Authentication

final class HtpasswdFileTests {
    private let folder: String
    private let path: String
    private let file: HtpasswdFile
    private let hash = "$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
    private let other = "$2b$10$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy"

    init() throws {
        folder = FileManager.default.temporaryDirectory.path + "/htpasswd-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        path = folder + "/htpasswd"
        file = HtpasswdFile(path: path)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// In place, as editors and Apache's htpasswd do; `isReplaced`: by another file, as careful programs do.
    private func write(_ text: String, isReplaced: Bool = false) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: isReplaced ? [.atomic] : [])
    }

    @Test func `is read when asked to, and only if it changed`() throws {
        try write("alice:\(hash)\n")
        #expect(file.hash(of: alice) == nil)
        #expect(try file.refresh() == [])
        #expect(file.hash(of: alice) == hash)
        #expect(file.hash(of: bob) == nil)
        #expect(try file.refresh() == nil)

        try write("alice:\(hash)\nbob:\(other)\nmallory:plain\n")
        #expect(file.hash(of: bob) == nil)
        #expect(try file.refresh()?.count == 1)
        #expect(file.hash(of: bob) == other)
        #expect(file.hashes == [hash, other])
        #expect(try file.refresh() == nil)
    }

    @Test func `another file of the same size in its place is a change`() throws {
        try write("alice:\(hash)\n")
        _ = try file.refresh()
        let date = try FileManager.default.attributesOfItem(atPath: path)[.modificationDate]
        try write("alice:\(other)\n", isReplaced: true)
        try FileManager.default.setAttributes([.modificationDate: try #require(date)], ofItemAtPath: path)
        #expect(try file.refresh() == [])
        #expect(file.hash(of: alice) == other)
    }

    @Test func `another time of the last change is one`() throws {
        try write("alice:\(hash)\n")
        _ = try file.refresh()
        let date = Date(timeIntervalSince1970: 1_000_000_000)
        try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: path)
        #expect(try file.refresh() == [])
        #expect(try file.refresh() == nil)
    }

    @Test func `a file that goes away leaves no users, which is told once`() throws {
        try write("alice:\(hash)\n")
        _ = try file.refresh()
        try FileManager.default.removeItem(atPath: path)
        #expect(try file.refresh()?.count == 1)
        #expect(file.hash(of: alice) == nil)
        #expect(file.hashes.isEmpty)
        #expect(try file.refresh() == nil)
        try write("alice:\(hash)\n")
        #expect(try file.refresh() == [])
        #expect(file.hash(of: alice) == hash)
    }

    @Test func `a file that was never there is an error until it is`() throws {
        #expect(throws: HtpasswdFileError.self) { try file.refresh() }
        #expect(throws: HtpasswdFileError.self) { try file.refresh() }
        try write("alice:\(hash)\n")
        #expect(try file.refresh() == [])
    }

    @Test func `what cannot be read is an error each time, and the users stay`() throws {
        try write("alice:\(hash)\n")
        _ = try file.refresh()
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        for _ in 0..<2 {
            let error = #expect(throws: HtpasswdFileError.self) { try file.refresh() }
            #expect(error?.description.contains(path) == true)
            #expect(file.hash(of: alice) == hash)
        }
        try FileManager.default.removeItem(atPath: path)
        try write("bob:\(other)\n")
        #expect(try file.refresh() == [])
        #expect(file.hash(of: alice) == nil)
        #expect(file.hash(of: bob) == other)
    }

    @Test func `a path that leads nowhere says why`() throws {
        try write("alice:\(hash)\n")
        let below = HtpasswdFile(path: path + "/below")
        let error = #expect(throws: HtpasswdFileError.self) { try below.refresh() }
        #expect(error?.description == "cannot read \(path)/below: Not a directory")
    }

    @Test func `a file without end is not read to its end`() {
        #expect(throws: HtpasswdFileError.self) { try HtpasswdFile(path: "/dev/zero").refresh() }
    }
}
