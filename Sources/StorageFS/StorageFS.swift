// StorageFS keeps blobs in files on a local disk.
//
//   FileStorage        the storage; FileStorage+….swift its facets
//   FileUpload         one upload while a request feeds it: queues, and lets one write be under way meanwhile
//   UploadFile         the upload's file, as the threads that may block see it
//   Layout             where everything lies, with a tree
//   Marker             the file that says whose folder this is
//   ForeignFiles       what another registry has in the same folder, to be adopted
//   IOThreads          the threads that may block
//   Syscalls/          the system's calls, and what their failures mean
