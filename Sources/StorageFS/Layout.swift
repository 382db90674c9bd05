import RegistryCore

/// Where everything lies:
///
///     <root>/                         the backend's `root`
///       registryd-storage             whose folder this is (``Marker``)
///       uploads/
///         4c2f0e7a-…                  an upload, by its id; grows as bytes come, cut to the checkpoint when it goes on
///       blobs/
///         sha256/
///           9f/
///             9f86d081….4c2f0e7a-…    an object: `blobs/` and its key
///         sha512/
///           …
///         backups/
///           20261123T093000Z.4c2f0e7a-…   a snapshot of the registry's database
///       docker/registry/v2/…          another registry's files, if they were adopted where they lie: a foreign key is the
///                                     path from the root, and nothing here is ever changed
///
/// A commit renames the upload's file to the object's, so both folders are on one file system. Folders are for the owner only
/// (0700), and so are files (0600).
struct Layout: Sendable {
    /// Absolute.
    let root: String

    var marker: String { root + "/registryd-storage" }
    var uploads: String { root + "/uploads" }
    var blobs: String { root + "/blobs" }

    func upload(_ id: UploadID) -> String { "\(root)/uploads/\(id)" }

    /// The object's file. Throws unless the key keeps to its grammar: a key with `..` in it must not lead out of the root.
    func object(_ key: ObjectKey) throws(StorageError) -> String {
        if key.isForeign, key.description != "/" { return try foreign(key) }
        guard Self.isKey(key.description) else {
            throw StorageError(.failed, "\"\(key)\" is not the key of an object")
        }
        return "\(root)/blobs/\(key)"
    }

    /// The folder that holds an object, below `blobs`: `sha256/9f`.
    static func folder(of key: ObjectKey) -> String { parent(of: key.description) }

    /// `sha256` of `sha256/9f`, and nothing of `sha256`.
    static func parent(of path: String) -> String {
        path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[..<$0]) } ?? ""
    }

    /// Components of letters, digits, `.` and `-` that do not begin with a dot, with single slashes between them.
    private static func isKey(_ text: String) -> Bool {
        var previous = UInt8(ascii: "/")
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
                break
            case UInt8(ascii: "."), UInt8(ascii: "/"):
                if previous == UInt8(ascii: "/") { return false }
            default:
                return false
            }
            previous = byte
        }
        return previous != UInt8(ascii: "/")
    }
}
