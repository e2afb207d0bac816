"""Live: what does every model say to your own text or file?"""
