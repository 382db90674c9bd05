import Logging
import RegistryCore

// Multipart uploads begin and end with a note on local disk, so that none stays behind.
extension S3Storage {
    func beginMultipart(_ plan: UploadPlan) async throws -> S3Checkpoint.Multipart {
        let (folder, id, key) = (spool, plan.id, plan.key)
        try await folder.run { try UploadNote.append(["begin \(key)"], folder, id) }
        let (uploadID, isOnlyOne) = try await client.createMultipart(name(of: key))
        // What an earlier attempt begins, perhaps later than this, is looked for when the upload goes on, and when it is over.
        let others = isOnlyOne ? [] : ["begin \(key)"]
        try await folder.run { try UploadNote.append(["begun \(key) \(uploadID)"] + others, folder, id) }
        return S3Checkpoint.Multipart(key: key, uploadID: uploadID)
    }

    /// Ends what an upload has begun on the server, and removes its files. Nothing of it is under way.
    ///
    /// - Parameter isThorough: The server is asked even if nothing here speaks of a multipart upload: another host may have begun
    ///   it, or a power cut may have torn the note. And the folder is, as another process may have made the files.
    func end(
        _ plan: UploadPlan,
        _ multipart: S3Checkpoint.Multipart?,
        isThorough: Bool = false
    ) async throws {
        let (folder, id) = (spool, plan.id)
        let isKnown = isThorough || folder.knows(id)
        var known = isKnown ? try await folder.run { try UploadNote(folder, id) ?? UploadNote() } : UploadNote()
        if let multipart {
            let begun = UploadNote.Begun(key: multipart.key, uploadID: multipart.uploadID)
            if !known.begun.contains(begun) { known.begun.append(begun) }
        } else if isThorough {
            known.uncertain = Array(Set(known.uncertain + [UploadPlan(id: id).key, plan.key]))
        }
        try await abort(known)
        if isKnown { try await folder.run { try folder.remove(id) } }
    }

    /// Ends the multipart uploads that `note` speaks of, but one.
    func abort(_ note: UploadNote, but kept: String? = nil, _ client: S3Client? = nil) async throws {
        let client = client ?? self.client
        for begun in note.begun where begun.uploadID != kept {
            try await client.abortMultipart(name(of: begun.key), begun.uploadID)
        }
        for key in note.uncertain { try await client.abortUploads(of: name(of: key), but: kept) }
    }

    /// Removes the files of an upload that has become an object, and the multipart uploads that it has begun beside the one that
    /// did. What that fails for is tried again by ``unfinished()``.
    func forget(_ id: UploadID, completed: S3Checkpoint.Multipart?) async {
        guard spool.knows(id) else { return }
        do {
            let hasOthers = try await spool.run { [spool] in
                if let completed, let note = try UploadNote(spool, id), note.speaksOfMore(than: completed) {
                    try spool.removeTails(id, but: nil)
                    try UploadNote.append(["completed \(completed.uploadID)"], spool, id)
                    return true
                }
                try spool.remove(id)
                return false
            }
            // The client waits.
            if hasOthers, let completed { await endOthers(than: completed.uploadID, id, client.hurried()) }
        } catch {
            logger.warning("could not remove the spool of upload \(id): \(error)")
        }
    }

    func endOthers(than completed: String, _ id: UploadID, _ client: S3Client) async {
        do {
            if let note = try await spool.run({ [spool] in try UploadNote(spool, id) }) {
                try await abort(note, but: completed, client)
            }
            try await spool.run { [spool] in try spool.remove(id) }
        } catch is CancellationError {
            // The note stays, and is found.
        } catch {
            logger.warning("could not end what upload \(id) has begun beside its object; later again: \(error)")
        }
    }
}
