// StorageFS
