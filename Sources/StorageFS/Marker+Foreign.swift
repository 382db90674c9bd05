import Glibc
import RegistryCore

extension Marker {
    /// Throws when `names`, which are in the root, are not for a storage to be made there.
    ///
    /// Another registry's files may be: they are adopted where they lie, and ours come beside them.
    static func refuseForeign(_ layout: Layout, in names: [String]) throws(StorageError) {
        let isAdopting = layout.holdsOtherRegistry
        // Drafts of a marker are those of another process that is about to say the same, or of one that died.
        let foreign = names.filter { name in
            name != Layout.systemName && !name.hasPrefix("registryd-storage") && !(isAdopting && name == "docker")
        }.sorted()
        guard foreign.isEmpty else {
            let names = foreign.prefix(3).joined(separator: ", ") + (foreign.count > 3 ? ", …" : "")
            var advice = "Give it an empty folder, or one of its own below this"
            if isAdopting {
                advice += "; `registryd adopt` can take over the registry in docker once that is all the folder holds"
            } else if layout.isInOtherRegistry {
                advice += "; for `registryd adopt` to take over this registry, give it the folder that docker is in"
            }
            throw StorageError(
                .misconfigured,
                "\(layout.root) is not a storage of registryd and not empty (it holds \(names)). \(advice)")
        }
    }

    /// There is none where there was one.
    static func missing(_ layout: Layout) -> StorageError {
        StorageError(
            .unavailable,
            "\(layout.root) has no registryd-storage, and blobs of this registry ought to be there. Is it mounted? Should they "
                + "be lost, `registryd rebuild` makes a new storage there")
    }

    /// Why there is no marker, and what to do: somebody may have mounted an old registry's folder so that nothing happens to it.
    static func creationFailure(_ path: String, _ errno: Errno) -> StorageError {
        var failure = StorageError.creating(path, errno)
        if errno.code == EROFS {
            failure.message +=
                ". Each backend's folder needs registryd's marker, one that is only adopted from too: mount it writable, or use "
                + "a copy of it"
        }
        return failure
    }
}
