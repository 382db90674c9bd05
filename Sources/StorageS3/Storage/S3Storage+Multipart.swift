import Logging
import RegistryCore

// Multipart uploads begin and end with a note on local disk, so that none stays behind.
extension S3Storage {
    func beginMultipart(_ plan: UploadPlan) async throws -> S3Checkpoint.Multipart {
        let (folder, id, key) = (spool, plan.id, plan.key)
        try await folder.run { try UploadNote.append("begin \(key)", folder, id) }
        let (uploadID, isOnlyOne) = try await client.createMultipart(name(of: key))
        try await folder.run {
            try UploadNote.append("begun \(key) \(uploadID)", folder, id)
            // What an earlier attempt begins, perhaps later than this, is looked for when the upload goes on or is over.
            if !isOnlyOne { try UploadNote.append("begin \(key)", folder, id) }
        }
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
    func abort(_ note: UploadNote, but kept: String? = nil) async throws {
        for begun in note.begun where begun.uploadID != kept {
            try await client.abortMultipart(name(of: begun.key), begun.uploadID)
        }
        for key in note.uncertain { try await client.abortUploads(of: name(of: key), but: kept) }
    }

    /// Removes an upload's files, and the multipart uploads that it has begun beside the one that became its object. If that
    /// fails, the files are found when the server is started again.
    func forget(_ id: UploadID, completed: S3Checkpoint.Multipart?) async {
        guard spool.knows(id) else { return }
        do {
            let others = try await spool.run { [spool] () -> UploadNote? in
                if let completed, let note = try UploadNote(spool, id), note.speaksOfMore(than: completed) {
                    return note
                }
                try spool.remove(id)
                return nil
            }
            guard let others else { return }
            try await abort(others, but: completed?.uploadID)
            try await spool.run { [spool] in try spool.remove(id) }
        } catch {
            logger.warning("could not remove what upload \(id) has left: \(error)")
        }
    }
}
