from npcengine.testing import go_headless

go_headless()
