import Glibc
import NIOCore
import RegistryCore

/// The file that says whose folder this is. Whoever sets up a storage in a folder that holds other things has mistaken the folder,
/// and what is mounted later without this file, or with another one, is not the storage.
///
///     registryd file storage, layout 1
///     installation 4c2f0e7a-…
struct Marker: Sendable, Hashable {
    private static let title = "registryd file storage, layout "
    private static let layoutVersion = "1"
    private static let identity = "installation "

    /// A UUID, made when the storage was.
    let installation: String

    /// Reads the marker, or writes it to a folder that is not there yet, empty, or another registry's.
    ///
    /// - Parameter installation: What a new one is to say; nil: there is to be one.
    static func open(_ layout: Layout, installation: String?) throws(StorageError) -> Marker {
        if let marker = try read(layout) { return marker }
        guard let installation else { throw missing(layout) }
        try Folders.makePath(layout.root)
        let names: [String]
        do { names = try Syscall.names(in: layout.root) } catch { throw .list(layout.root, error) }
        try refuseForeign(layout, in: names)
        try Marker(installation: installation).write(layout)
        guard let marker = try read(layout) else { throw .rootLost(layout.root, .missing) }
        return marker
    }

    /// Throws unless the storage in `layout` can be read, is this one and takes writes.
    func check(_ layout: Layout) throws(StorageError) {
        guard let found = try Self.read(layout) else { throw .rootLost(layout.root, .missing) }
        guard found == self else {
            throw StorageError(
                .unavailable,
                "\(layout.root) is another storage now: installation \(found.installation), it was \(installation)"
            )
        }
        let system: statvfs
        do {
            system = try Syscall.fstatvfs(try Syscall.open(layout.root, O_RDONLY | O_DIRECTORY))
        } catch {
            throw .fstatvfs(layout.root, error)
        }
        guard system.f_flag & UInt(ST_RDONLY) == 0 else {
            throw StorageError(.unavailable, "\(layout.root) is on a file system that is mounted read-only")
        }
    }

    /// nil: there is none.
    static func read(_ layout: Layout) throws(StorageError) -> Marker? {
        let text: [UInt8]
        do throws(Errno) {
            text = try Syscall.read(try Syscall.open(layout.marker, O_RDONLY), atMost: 256)
        } catch .missing {
            return nil
        } catch {
            throw .reading(layout.marker, error)
        }
        let lines = String(decoding: text, as: UTF8.self).split(separator: "\n")
        guard let first = lines.first, first.hasPrefix(title) else {
            throw StorageError(.failed, "\(layout.marker) is not what registryd writes there")
        }
        guard first.dropFirst(title.count) == layoutVersion else {
            throw StorageError(.failed, "\(layout.root) was written by another release of registryd: \(first)")
        }
        guard lines.count == 2, lines[1].hasPrefix(identity), let id = UploadID(lines[1].dropFirst(identity.count))
        else {
            throw StorageError(.failed, "\(layout.marker) names no installation")
        }
        return Marker(installation: id.description)
    }

    /// Written elsewhere and linked, so that it is there whole or not at all, and of two processes one wins.
    private func write(_ layout: Layout) throws(StorageError) {
        // A name of its own: whoever died before may have left one that says the same.
        let draft = "\(layout.marker).\(UploadID())"
        let text = "\(Self.title)\(Self.layoutVersion)\n\(Self.identity)\(installation)\n"
        do {
            let file = try Syscall.open(draft, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
            try file.write([ByteBuffer(string: text)], at: 0)
            try Syscall.fdatasync(file)
        } catch {
            throw Self.creationFailure(draft, error)
        }
        defer { try? Syscall.unlink(draft) }
        do {
            try Syscall.link(draft, layout.marker)
        } catch .exists {
            return
        } catch {
            throw .link(layout.marker, error)
        }
    }
}
